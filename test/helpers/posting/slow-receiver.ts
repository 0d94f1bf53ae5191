// A receiving agent whose actions take their time, and that tells in its log how far it was when it stopped.
import { number, object } from 'valibot';
import {
  Agent,
  AppConfig,
  action,
  defineMessage,
  type Environment,
  storedAction,
} from '../../../src/mesh/index.js';
import type { Table } from '../../../src/store/index.js';

const WORK = object({ n: number(), ms: number() });
/** An action that waits, and then counts. */
export const WAIT = defineMessage('Wait', 'Wait, and count a number', WORK);
/** A stored action that computes. */
export const COMPUTE = defineMessage('Compute', 'Compute, and count a number', WORK);

class SlowReceiver extends Agent {
  #handled: Table<number, number> | undefined;

  constructor(environment: Environment) {
    super('slow', environment);
    this.actionsByMessage.set(
      WAIT.text,
      action(WAIT, async ({ n, ms }, context) => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        await context.transaction(() => this.#count(n));
      }),
    );
    this.actionsByMessage.set(
      COMPUTE.text,
      storedAction(COMPUTE, ({ n, ms }) => {
        for (const endMs = performance.now() + ms; performance.now() < endMs; );
        this.#count(n);
      }),
    );
    this.actionsByMessage.set('Handled', { help: 'How often each was handled', run: () => this.#times() });
  }

  protected override work(): void {
    this.#handled = this.store.table('handled');
  }

  protected override shutdown(): void {
    this.log.warn(`stops after ${this.#handled?.count}`);
  }

  protected override status(): Record<string, unknown> {
    return { handled: this.#handled?.count };
  }

  #count(n: number): void {
    this.#handled?.put(n, (this.#handled.get(n) ?? 0) + 1);
  }

  #times(): { count: number; most: number } {
    const times = [...(this.#handled?.entries() ?? [])].map(({ value }) => value);
    return { count: times.length, most: Math.max(...times) };
  }
}

export default class SlowReceiverConfig extends AppConfig {
  readonly name = 'slow';

  override ready(): Promise<void> {
    return this.startAgent(new SlowReceiver(this.environment));
  }
}
