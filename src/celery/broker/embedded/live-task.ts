// A task that has not ended, as the broker knows it in memory; its message is on disk.

/** Where a task is. */
export type Place = 'new' | 'ready' | 'scheduled' | 'postponed' | 'held' | 'gone';

/** What is kept of a live task on disk, besides its message. */
export type TaskRow = [
  id: string,
  queue: string,
  priority: number,
  etaMs: number,
  expiresMs: number,
  ignoreResult: boolean,
  size: number,
  /** Session of the worker that has it; empty when none has. */
  worker: string,
  /** It has begun there, and is not to be delivered again. */
  acknowledged: boolean,
  deliveries: number,
];

export class LiveTask {
  place: Place = 'new';
  /** Session of the worker that has it. */
  worker = '';
  acknowledged = false;
  deliveries = 0;
  /** Session of the worker that has sent it back for a while. */
  sentBackBy = '';
  /** Client that is told of its states. */
  replyTo = '';

  constructor(
    readonly tag: number,
    readonly id: string,
    readonly queue: string,
    readonly priority: number,
    /** 0 for none. */
    public etaMs: number,
    readonly expiresMs: number,
    readonly ignoreResult: boolean,
    readonly size: number,
  ) {}

  row(): TaskRow {
    const { id, queue, priority, etaMs, expiresMs, ignoreResult, size, worker, acknowledged, deliveries } =
      this;
    return [id, queue, priority, etaMs, expiresMs, ignoreResult, size, worker, acknowledged, deliveries];
  }

  static fromRow(tag: number, row: TaskRow): LiveTask {
    const task = new LiveTask(tag, row[0], row[1], row[2], row[3], row[4], row[5], row[6]);
    [, , , , , , , task.worker, task.acknowledged, task.deliveries] = row;
    return task;
  }
}
