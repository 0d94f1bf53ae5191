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
  #nextTag: number;

  constructor(
    store: Store,
    private readonly journal: Journal,
  ) {
    this.#rows = store.table('tasks');
    this.#messages = store.table('messages');
    this.#meta = store.table('meta');
    const start = (this.#meta.get('starts') ?? 0) + 1;
    this.#nextTag = start * TAGS_PER_START;
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
  add([id, queue, priority, etaMs, expiresMs, ignoreResult, message]: PackedTask, known?: number): LiveTask {
    const tag = known ?? this.#nextTag;
    if (known === undefined) this.#nextTag += 1;
    const size = message.length + OVERHEAD_BYTES;
    const task = new LiveTask(tag, id, queue, priority, etaMs, expiresMs, ignoreResult, size);
    this.#know(task);
    this.journal.putNew(this.#messages, tag, message);
    this.journal.putNew(this.#rows, tag, task.row());
    return task;
  }

  /** One that only its worker knows: it had begun before it was on disk. */
  adopt(tag: number, id: string): LiveTask {
    const task = new LiveTask(tag, id, '', 0, 0, 0, false, OVERHEAD_BYTES);
    task.acknowledged = true;
    this.#know(task);
    return task;
  }

  /** The message of one that was adopted has come after all. */
  complete(task: LiveTask, [, , , , , , message]: PackedTask): void {
    if (task.queue === '') this.journal.put(this.#messages, task.tag, message);
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
    this.byTag.set(task.tag, task);
    this.byId.set(task.id, task);
    this.bytes += task.size;
  }
}
