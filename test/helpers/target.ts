// An agent that strangers try to hurt: for tests that look at its process from outside.
import { Agent, AppConfig, type Environment } from '../../src/mesh/index.js';

/** A reply that is large beside its question. */
const LARGE_REPLY = 'x'.repeat(1000);

class TargetAgent extends Agent {
  #count = 0;
  #sum = 0;

  constructor(environment: Environment) {
    super('target', environment);
    const actions: Record<string, (data: unknown) => unknown> = {
      Large: () => LARGE_REPLY,
      'Add slowly': (data) => new Promise<void>((resolve) => setImmediate(() => resolve(this.#add(data)))),
      Sum: () => ({ count: this.#count, sum: this.#sum }),
      Hold: (data) => new Promise<void>((resolve) => setTimeout(resolve, (data as number[])[0])),
    };
    for (const [text, run] of Object.entries(actions)) this.actionsByMessage.set(text, { help: text, run });
  }

  #add(data: unknown): void {
    this.#count += 1;
    this.#sum += (data as number[])[0] ?? 0;
  }
}

export default class TargetConfig extends AppConfig {
  readonly name = 'target';

  override ready(): Promise<void> {
    return this.startAgent(new TargetAgent(this.environment));
  }
}
