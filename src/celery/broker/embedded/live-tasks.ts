// All tasks that have not ended: in memory what is needed to hand them out, on disk all of it.
import type { Store, Table } from '../../../store/index.js';
import type { Journal } from './journal.js';
import { LiveTask, type TaskRow } from './live-task.js';
import type { PackedTask } from './protocol.js';

/** What a task takes besides its message. */
const OVERHEAD_BYTES = 400;
/** Tags of a broker that has started again are above all that it may have given out. */
const TAGS_PER_START = 2 ** 32;

export class LiveTasks {
  readonly byTag = new Map<number, LiveTask>();
  readonly byId = new Map<string, LiveTask>();
  bytes = 0;
  readonly #rows: Table<number, TaskRow>;
  readonly #messages: Table<number, Uint8Array>;
  readonly #meta: Table<string, number>;
  /** Tags below it were given by a broker before this one. */
  readonly #firstTag: number;
  #nextTag: number;

  constructor(
    store: Store,
    private readonly journal: Journal,
  ) {
    this.#rows = store.table('tasks');
    this.#messages = store.table('messages');
    this.#meta = store.table('meta');
    const start = (this.#meta.get('starts') ?? 0) + 1;
    this.#firstTag = start * TAGS_PER_START;
    this.#nextTag = this.#firstTag;
    journal.put(this.#meta, 'starts', start);
  }

  /** Reads all that is on disk, in the order in which it came. */
  *load(): Generator<LiveTask> {
    for (const { key, value } of this.#rows.entries()) {
      const task = LiveTask.fromRow(key, value);
      this.#know(task);
      yield task;
    }
  }

  /** Takes a new one in; one from the log has its tag already. */
  add(packed: PackedTask, isFollowUp = false, known?: number): LiveTask {
    const [id, queue, priority, etaMs, expiresMs, ignoreResult, message] = packed;
    const tag = known ?? this.#nextTag;
    if (known === undefined) this.#nextTag += 1;
    const size = message.length + OVERHEAD_BYTES;
    const task = new LiveTask(tag, id, queue, priority, etaMs, expiresMs, ignoreResult, size);
    task.isFollowUp = isFollowUp;
    this.#know(task);
    this.journal.putNew(this.#messages, tag, message);
    this.journal.putNew(this.#rows, tag, task.row());
    return task;
  }

  /** Whether it was given out by a broker that has ended since. */
  isOfBefore(tag: number): boolean {
    return tag < this.#firstTag;
  }

  /** One that only its worker knows: it was given out before it was on disk. Its message is yet to come. */
  adopt(tag: number, id: string): LiveTask {
    const task = new LiveTask(tag, id, '', 0, 0, 0, false, OVERHEAD_BYTES);
    task.isFollowUp = true;
    this.#know(task);
    return task;
  }

  /** The message of one that was adopted has come. */
  complete(task: LiveTask, [, queue, priority, etaMs, expiresMs, ignoreResult, message]: PackedTask): void {
    if (task.isWhole) return;
    this.bytes -= task.size;
    const size = message.length + OVERHEAD_BYTES;
    Object.assign(task, { queue, priority, etaMs, expiresMs, ignoreResult, size });
    this.bytes += size;
    this.journal.put(this.#messages, task.tag, message);
    this.save(task);
  }

  save(task: LiveTask): void {
    this.journal.put(this.#rows, task.tag, task.row());
  }

  message(task: LiveTask): Uint8Array {
    return this.journal.get(this.#messages, task.tag) ?? new Uint8Array();
  }

  remove(task: LiveTask): void {
    task.place = 'gone';
    this.byTag.delete(task.tag);
    if (this.byId.get(task.id) === task) this.byId.delete(task.id);
    this.bytes -= task.size;
    this.journal.remove(this.#rows, task.tag);
    this.journal.remove(this.#messages, task.tag);
  }

  #know(task: LiveTask): void {
    const before = this.byId.get(task.id);
    if (before) before.isOvertaken = true;
    this.byTag.set(task.tag, task);
    this.byId.set(task.id, task);
    this.bytes += task.size;
  }
}
