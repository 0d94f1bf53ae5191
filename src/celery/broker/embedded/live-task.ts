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
  /** It follows another task. */
  isFollowUp?: boolean,
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
  isFollowUp = false;
  /** A later attempt of it has begun: its own end has been told before, to a broker that was killed. */
  isOvertaken = false;

  constructor(
    readonly tag: number,
    readonly id: string,
    public queue: string,
    public priority: number,
    /** 0 for none. */
    public etaMs: number,
    public expiresMs: number,
    public ignoreResult: boolean,
    public size: number,
  ) {}

  /** Whether its message is here: of one that was adopted it comes later. */
  get isWhole(): boolean {
    return this.queue !== '';
  }

  row(): TaskRow {
    const { id, queue, priority, etaMs, expiresMs, ignoreResult, size } = this;
    const { worker, acknowledged, deliveries, isFollowUp } = this;
    return [
      id,
      queue,
      priority,
      etaMs,
      expiresMs,
      ignoreResult,
      size,
      worker,
      acknowledged,
      deliveries,
      isFollowUp,
    ];
  }

  static fromRow(tag: number, row: TaskRow): LiveTask {
    const task = new LiveTask(tag, row[0], row[1], row[2], row[3], row[4], row[5], row[6]);
    [, , , , , , , task.worker, task.acknowledged, task.deliveries, task.isFollowUp = false] = row;
    return task;
  }
}
