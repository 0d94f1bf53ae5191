// The beat: fires the entries of `[celery.beat]` when they are due. One for the whole observatory.
import type { Clock } from '../../clock/index.js';
import type { BeatEntry } from './entry.js';
import { EntryCourse, type Firing } from './entry-course.js';
import type { BeatMark, BeatRecord } from './record.js';

/** What a {@link Beat} needs. */
export interface BeatOptions {
  clock: Clock;
  entries: readonly BeatEntry[];
  record: BeatRecord;
  /**
   * Sends the task; resolves when the broker has it on disk. The broker must know an id that it had before: after a
   * crash between sending and recording the same firing comes again, with the same `taskId`.
   */
  send(entry: BeatEntry, dueMs: number, taskId: string): Promise<void>;
  /** Hears of a firing that could not be sent or recorded; it is tried again after `retryMs`. */
  onError?(entry: BeatEntry, error: unknown, retryMs: number): void;
}

/** How an entry stands. */
export interface BeatStatus extends Firing {
  entry: BeatEntry;
  /** The due time fired last, or the time since when the entry is known. */
  lastMs: number;
}

/** A clock that was set back by more than this begins a new series: the simulated night is run again. */
const SET_BACK_MS = 60_000;

/** Fires entries, one after the other each, and all of them side by side. */
export class Beat {
  #courses: EntryCourse[] = [];

  constructor(private readonly options: BeatOptions) {}

  /**
   * Takes up each entry where it stood, forgets those that are gone, and begins. What was missed meanwhile fires once
   * for all, or not at all where the entry says `skip`.
   */
  async start(): Promise<void> {
    const { entries, record } = this.options;
    const names = new Set(entries.map(({ name }) => name));
    await Promise.all(
      record
        .names()
        .filter((name) => !names.has(name))
        .map((name) => record.forget(name)),
    );
    const courses = await Promise.all(entries.map((entry) => this.#takeUp(entry)));
    this.#courses = courses;
    for (const course of courses) course.begin();
  }

  /** Fires no more, and waits for what is being sent. */
  async stop(): Promise<void> {
    await Promise.all(this.#courses.map((course) => course.end()));
    this.#courses = [];
  }

  /** Every entry and its next firing, the next one first. */
  get status(): BeatStatus[] {
    return this.#courses.map((course) => course.status).sort((a, b) => a.dueMs - b.dueMs);
  }

  async #takeUp(entry: BeatEntry): Promise<EntryCourse> {
    const { clock, record } = this.options;
    const nowMs = Math.floor(clock.now());
    const before = record.last(entry.name);
    const mark = markAt(entry, before, nowMs);
    if (mark !== before) await record.keep(entry.name, mark);
    return new EntryCourse(entry, mark, this.options);
  }
}

/** Where an entry goes on. */
function markAt(entry: BeatEntry, before: BeatMark | undefined, nowMs: number): BeatMark {
  const schedule = entry.schedule.text;
  const series = before?.series ?? 1;
  if (before && before.lastMs > nowMs + SET_BACK_MS) return { schedule, lastMs: nowMs, series: series + 1 };
  if (before?.schedule !== schedule) return { schedule, lastMs: nowMs, series };
  const missedMs = entry.missed === 'skip' ? entry.schedule.latest(before.lastMs, nowMs) : undefined;
  return missedMs === undefined ? before : { ...before, lastMs: missedMs };
}
