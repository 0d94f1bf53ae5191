// One entry on its way from firing to firing.
import type { Timer } from '../../clock/index.js';
import type { BeatOptions, BeatStatus } from './beat.js';
import type { BeatEntry } from './entry.js';
import { firingId } from './firing-id.js';
import type { BeatMark } from './record.js';

/** One time at which an entry is due. */
export interface Firing {
  dueMs: number;
  taskId: string;
}

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

/** Waits, sends, records, and waits again. */
export class EntryCourse {
  #timer: Timer | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #retryMs = FIRST_RETRY_MS;
  #hasEnded = false;

  constructor(
    private readonly entry: BeatEntry,
    private mark: BeatMark,
    private readonly options: BeatOptions,
  ) {}

  begin(): void {
    this.#wait(this.#firing().dueMs - this.options.clock.now());
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#timer?.cancel();
    await this.#underWay;
  }

  get status(): BeatStatus {
    return { entry: this.entry, lastMs: this.mark.lastMs, ...this.#firing() };
  }

  /** The firing that is due now, one for all that were missed, or else the next one. */
  #firing(): Firing {
    const { schedule, name } = this.entry;
    const { lastMs, series } = this.mark;
    const dueMs = schedule.latest(lastMs, this.options.clock.now()) ?? schedule.next(lastMs);
    return { dueMs, taskId: firingId(name, dueMs, series) };
  }

  #wait(ms: number): void {
    if (this.#hasEnded) return;
    this.#timer = this.options.clock.after(Math.max(0, ms), () => {
      this.#underWay = this.#fire();
    });
  }

  /** Sends first and records then: a crash between them sends the same id again, which the broker knows. */
  async #fire(): Promise<void> {
    const { clock, record, send, onError } = this.options;
    const { dueMs, taskId } = this.#firing();
    // A timer may be early by a fraction, or the clock was set back.
    if (dueMs > clock.now()) return this.#wait(dueMs - clock.now());
    try {
      await send(this.entry, dueMs, taskId);
      const mark = { ...this.mark, lastMs: dueMs };
      await record.keep(this.entry.name, mark);
      this.mark = mark;
      this.#retryMs = FIRST_RETRY_MS;
      this.begin();
    } catch (error) {
      const retryMs = this.#retryMs;
      this.#retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
      this.#wait(retryMs);
      onError?.(this.entry, error, retryMs);
    }
  }
}
