// All sequences of the majordome's, on disk; those that are not over, and the newest that are, also in memory.
import { isOfNight, type ScheduledSequence } from '../../src/observatory/index.js';
import type { Store, Table } from '../../src/store/index.js';
import { isOver, isUnderWay, newRecord, type SequenceRecord } from './sequence-record.js';

/** So many that are over are kept in memory. */
const KEPT = 200;

export class SequenceBook {
  readonly #table: Table<string, SequenceRecord>;
  /** Requests whose alert was taken back, with the IVORN of the packet that did: also of schedules that are late. */
  readonly #withdrawn: Table<string, string>;
  /** Not over, by sequence id: the objects that are worked on. */
  readonly #open = new Map<string, SequenceRecord>();
  #over: SequenceRecord[];
  #lastNumber: number;

  constructor(
    private readonly store: Store,
    private readonly night: string | undefined,
  ) {
    this.#table = store.table('sequences');
    this.#withdrawn = store.table('withdrawn');
    const records = [...this.#table.entries()].map(({ value }) => value).sort((a, b) => a.number - b.number);
    this.#lastNumber = records.at(-1)?.number ?? 0;
    this.#over = records.filter(isOver).slice(-KEPT);
    for (const record of records) if (!isOver(record)) this.#open.set(idOf(record), record);
  }

  /** One that is not over. */
  get(sequence: string): SequenceRecord | undefined {
    return this.#open.get(sequence);
  }

  /** Whether it was ever here. */
  has(sequence: string): boolean {
    return this.#open.has(sequence) || this.#table.has(sequence);
  }

  /** Those that have not begun. */
  waiting(): SequenceRecord[] {
    return [...this.#open.values()].filter(({ state }) => state === 'SCHEDULED');
  }

  /** The one whose task is under way. */
  underWay(): SequenceRecord | undefined {
    return [...this.#open.values()].find(isUnderWay);
  }

  /** The next to be run: of those that are due the one of the highest priority, else the first that will be. */
  next(nowMs: number): SequenceRecord | undefined {
    const due = (record: SequenceRecord) => Math.max(nowMs, record.scheduled.startMs);
    return this.waiting().sort(
      (a, b) => due(a) - due(b) || b.scheduled.priority - a.scheduled.priority || a.number - b.number,
    )[0];
  }

  /** The newest. */
  newest(count: number): SequenceRecord[] {
    return [...this.#over, ...this.#open.values()].sort((a, b) => b.number - a.number).slice(0, count);
  }

  /** A simulated clock that was started again has gone back: what was under way is over. */
  ofOtherNights(): SequenceRecord[] {
    return [...this.#open.values()].filter(({ scheduled }) => !isOfNight(scheduled, this.night));
  }

  /**
   * Inside of a transaction: sequences that have not begun follow the new schedule.
   * @returns to be called when that is on disk
   */
  follow(schedule: readonly ScheduledSequence[]): () => void {
    // A schedule may have waited for this agent since an earlier night.
    const entries = schedule.filter(
      (entry) => isOfNight(entry, this.night) && this.withdrawnBy(entry.requestId) === undefined,
    );
    const wanted = new Set(entries.map(({ sequence }) => sequence.id));
    const dropped = this.waiting().filter((record) => !record.isPlacedHere && !wanted.has(idOf(record)));
    for (const record of dropped) this.#table.remove(idOf(record));
    let number = this.#lastNumber;
    const changed = entries.flatMap((entry) => {
      const known = this.#open.get(entry.sequence.id) ?? this.#table.get(entry.sequence.id);
      if (known && (known.state !== 'SCHEDULED' || known.isPlacedHere)) return [];
      number += 1;
      return newRecord(entry, known?.number ?? number);
    });
    for (const record of changed) this.#table.put(idOf(record), record);
    return () => {
      this.#lastNumber = Math.max(this.#lastNumber, number);
      for (const record of dropped) if (this.#isScheduled(record)) this.#open.delete(idOf(record));
      // One that has begun while the schedule was written is left as it is.
      for (const record of changed)
        if (!this.#open.has(idOf(record)) || this.#isScheduled(record)) this.#open.set(idOf(record), record);
    };
  }

  /** Inside of a transaction: nothing is observed for these requests any more. */
  withdraw(requests: readonly string[], by: string): void {
    for (const request of requests) this.#withdrawn.put(request, by);
  }

  /** What took back the alert of a request. */
  withdrawnBy(requestId: string): string | undefined {
    return this.#withdrawn.get(requestId);
  }

  /** Not over, though what they are about was taken back. */
  withdrawn(): SequenceRecord[] {
    return [...this.#open.values()].filter(({ scheduled }) => this.#withdrawn.has(scheduled.requestId));
  }

  /** Inside of a transaction: a sequence of this agent's own placing. @returns to be called when that is on disk */
  insert(scheduled: ScheduledSequence): () => void {
    const known = this.#open.get(scheduled.sequence.id);
    const night = this.night === undefined ? {} : { night: this.night };
    const number = known?.number ?? this.#lastNumber + 1;
    const record = { ...newRecord({ ...scheduled, ...night }, number), isPlacedHere: true };
    this.#table.put(idOf(record), record);
    return () => {
      this.#lastNumber = Math.max(this.#lastNumber, number);
      this.#open.set(idOf(record), record);
    };
  }

  /** Puts a record on disk as it is now. */
  async save(record: SequenceRecord): Promise<void> {
    await this.store.transaction(() => this.#table.put(idOf(record), record));
  }

  /** Inside of a transaction. */
  put(record: SequenceRecord): void {
    this.#table.put(idOf(record), record);
  }

  /** It is over: moved there in memory. */
  close(record: SequenceRecord): void {
    this.#open.delete(idOf(record));
    this.#over = [...this.#over, record].slice(-KEPT);
  }

  #isScheduled(record: SequenceRecord): boolean {
    const known = this.#open.get(idOf(record));
    return known?.state === 'SCHEDULED' && !known.isPlacedHere;
  }
}

function idOf({ scheduled }: SequenceRecord): string {
  return scheduled.sequence.id;
}
