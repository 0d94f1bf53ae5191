// Calls that are on disk before they are in the database: a lone call need not wait for a whole transaction.
import { pack, unpack } from 'msgpackr';
import { AppendLog, type Store, type Table } from '../../../store/index.js';
import type { Journal } from './journal.js';
import type { PackedTask } from './protocol.js';

/** A task and its tag. */
export type LoggedTask = [tag: number, task: PackedTask];

/** From this on a transaction is the cheaper way: many share one. */
const FEW = 32;
/** The log begins anew when so much of it is used and all is in the database. */
const ENOUGH = 0.25;

export class PublishLog {
  readonly #log: AppendLog;
  readonly #meta: Table<string, number>;
  /** Records that the database has, or will have with the write under way. */
  #written = 0;
  #writing = 0;

  constructor(
    store: Store,
    private readonly journal: Journal,
  ) {
    this.#log = new AppendLog(`${store.path}.log`);
    this.#meta = store.table('meta');
    this.#written = this.#meta.get('logged') ?? 0;
    journal.onWrite = () => this.#onWrite();
    journal.onWritten = () => this.#onWritten();
  }

  /** Tasks that the database does not know yet. Read once, at the start. */
  load(): LoggedTask[] {
    const records = this.#log.read().filter(({ number }) => number > this.#written);
    this.#log.continueFrom(this.#written);
    return records.flatMap(({ payload }) => unpack(payload) as LoggedTask[]);
  }

  /** Resolves when the tasks are on disk, here or in the database. */
  async write(tasks: LoggedTask[]): Promise<void> {
    if (tasks.length === 0 || tasks.length > FEW) return this.journal.written();
    const record = pack(tasks);
    if (!this.#log.hasRoom(record.length)) return this.journal.written();
    await this.#log.append(record);
  }

  close(): void {
    this.#log.close();
  }

  #onWrite(): void {
    this.#writing = this.#log.last;
    if (this.#writing > this.#written) this.journal.put(this.#meta, 'logged', this.#writing);
  }

  #onWritten(): void {
    this.#written = this.#writing;
    if (this.#log.used > ENOUGH && this.#log.last === this.#written) this.#log.beginAnew();
  }
}
