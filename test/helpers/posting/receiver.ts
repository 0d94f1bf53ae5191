// A receiving agent for tests and benchmarks.
import { number, object } from 'valibot';
import { Agent, AppConfig, defineMessage, type Environment, storedAction } from '../../../src/mesh/index.js';
import type { Table } from '../../../src/store/index.js';

/** A number that must be handled exactly once. */
export const KEEP = defineMessage('Keep', 'Count a number', object({ n: number() }));

/** How much was handled. */
export interface Kept {
  count: number;
  sum: number;
  /** The last number. */
  last: number;
  /** Numbers that did not come right after the one below. */
  misplaced: number;
}

/** Counts numbers; an application starts it. */
export class ReceiverAgent extends Agent {
  #kept: Table<string, Kept> | undefined;
  /** When the last number was handled: for whoever waits for it. */
  #lastMs = 0;

  constructor(environment: Environment, name = 'receiver') {
    super(name, environment);
    this.actionsByMessage.set('Note', { help: 'Do nothing', run: () => undefined });
    this.actionsByMessage.set('Echo', { help: 'Reply with the payload', run: (data) => data });
    this.actionsByMessage.set(
      KEEP.text,
      storedAction(KEEP, ({ n }) => this.#keep(n)),
    );
    this.actionsByMessage.set('Kept', {
      help: 'How much was handled',
      run: () => ({ ...this.#sum(), lastMs: this.#lastMs }),
    });
  }

  protected override work(): void {
    this.#kept = this.store.table('kept');
  }

  #sum(): Kept {
    return this.#kept?.get('all') ?? { count: 0, sum: 0, last: 0, misplaced: 0 };
  }

  #keep(n: number): void {
    const { count, sum, last, misplaced } = this.#sum();
    const isNext = n === last + 1;
    const all = { count: count + 1, sum: sum + n, last: n, misplaced: misplaced + (isNext ? 0 : 1) };
    this.#kept?.put('all', all);
    this.#lastMs = Date.now();
  }
}

export default class ReceiverConfig extends AppConfig {
  readonly name = 'receiver';

  override ready(): Promise<void> {
    return this.startAgent(new ReceiverAgent(this.environment));
  }
}
