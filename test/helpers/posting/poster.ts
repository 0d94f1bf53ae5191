// A posting agent for tests and benchmarks: posts numbers, and knows after a crash where it stood.
import { number, object } from 'valibot';
import {
  Agent,
  AppConfig,
  action,
  defineMessage,
  type Environment,
  Sender,
} from '../../../src/mesh/index.js';
import type { Table } from '../../../src/store/index.js';
import { KEEP } from './receiver.js';

/** Post the numbers up to one, from where it stood. */
export const POST_UP_TO = defineMessage(
  'Post up to',
  'Post the numbers up to one, so many in a transaction',
  object({ last: number(), together: number() }),
);

/** Transactions that are under way at once. */
const UNDER_WAY = 4;

class PosterAgent extends Agent {
  #next: Table<string, number> | undefined;
  #goal = 0;
  #going: Promise<void> = Promise.resolve();

  constructor(environment: Environment) {
    super('poster', environment);
    this.actionsByMessage.set(
      POST_UP_TO.text,
      action(POST_UP_TO, (data) => this.#start(data)),
    );
    this.actionsByMessage.set('Posted', {
      help: 'How far it is',
      run: () => ({ next: this.#next?.get('next') ?? 1 }),
    });
  }

  protected override work(): void {
    this.#next = this.store.table('next');
  }

  protected override async shutdown(): Promise<void> {
    this.#goal = 0;
    await this.#going;
  }

  #start({ last, together }: { last: number; together: number }): void {
    this.#goal = last;
    this.#going = this.#going.then(() => this.#post(together));
  }

  /** The number that is next and the posted message are one transaction: a crash loses and doubles none. */
  async #post(together: number): Promise<void> {
    const table = this.#next;
    if (!table) return;
    const batch = () =>
      this.store.transaction(() => {
        const from = table.get('next') ?? 1;
        const to = Math.min(from + together, this.#goal + 1);
        for (let n = from; n < to; n += 1) void Sender.post('receiver', KEEP, { n });
        if (to > from) table.put('next', to);
        return to > this.#goal;
      });
    for (let done = false; !done; )
      done = (await Promise.all(Array.from({ length: UNDER_WAY }, batch))).includes(true);
  }
}

export default class PosterConfig extends AppConfig {
  readonly name = 'poster';

  override ready(): Promise<void> {
    return this.startAgent(new PosterAgent(this.environment));
  }
}
