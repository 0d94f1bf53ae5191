// An agent of a test: counts numbers that must be handled exactly once and in order.
import { number, object } from 'valibot';
import { Agent, AppConfig, defineMessage, type Environment, storedAction } from '../../src/mesh/index.js';
import type { Table } from '../../src/store/index.js';

/** The next number. */
export const COUNT = defineMessage('Count', 'Count a number', object({ n: number() }));

/** What was counted. */
export interface Counted {
  count: number;
  sum: number;
  last: number;
  /** Numbers that did not follow the one before: those that were lost, doubled or late. */
  outOfOrder: number;
}

const NOTHING: Counted = { count: 0, sum: 0, last: 0, outOfOrder: 0 };

class CountingAgent extends Agent {
  #table: Table<string, Counted> | undefined;

  constructor(environment: Environment) {
    super('counting', environment);
    this.actionsByMessage.set(
      COUNT.text,
      storedAction(COUNT, ({ n }) => this.#count(n)),
    );
    this.actionsByMessage.set('Counted', { help: 'What was counted', run: () => this.#counted });
  }

  protected override work(): void {
    this.#table = this.store.table('counted');
  }

  get #counted(): Counted {
    return this.#table?.get('all') ?? NOTHING;
  }

  #count(n: number): void {
    const { count, sum, last, outOfOrder } = this.#counted;
    const misplaced = n === last + 1 ? 0 : 1;
    this.#table?.put('all', { count: count + 1, sum: sum + n, last: n, outOfOrder: outOfOrder + misplaced });
  }
}

export default class CountingConfig extends AppConfig {
  readonly name = 'counting';

  override ready(): Promise<void> {
    return this.startAgent(new CountingAgent(this.environment));
  }
}
