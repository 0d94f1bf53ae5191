// Tasks with a rate: a few wait in the worker for their turn, the others go back to the broker until it is near. So a long
// line of them holds neither other tasks of the queue up nor other workers.
import { longTimer, type Timer } from '../../clock/index.js';
import type { Job } from './job.js';
import { TokenBucket } from './rate-limit.js';

/** Jobs of one task that wait here, and how long the last of them may. */
const MOST_HELD = 4;
const HELD_MS = 1_000;
/** A job goes back for its turn when that is at most so far off; else it comes again after this and is looked at anew. */
const HORIZON_MS = 5_000;
/** Jobs that come again follow each other at this distance: so often is a long line looked at. */
const SPACING_MS = 2;

interface Gate {
  bucket: TokenBucket;
  held: Job[];
  timer: Timer | undefined;
  /** The first turn that is promised to nobody. */
  turnMs: number;
  /** When the last job comes again whose turn is far off. */
  beyondMs: number;
}

export class RateGate {
  readonly #gates = new Map<string, Gate>();

  /** @param onTurn - jobs that were held are to be admitted again, before all others */
  constructor(private readonly onTurn: (jobs: Job[]) => void) {}

  /** Jobs that wait here. */
  get held(): Job[] {
    return [...this.#gates.values()].flatMap(({ held }) => held);
  }

  /** Sets the rate of a task, 0 for none. */
  set(name: string, perSecond: number): void {
    const gate = this.#gates.get(name);
    this.#gates.delete(name);
    if (perSecond > 0) {
      const bucket = new TokenBucket(perSecond);
      this.#gates.set(name, { bucket, held: [], timer: undefined, turnMs: 0, beyondMs: 0 });
    }
    if (gate) this.#release(gate);
  }

  /** @returns 0 when the job may start, `undefined` when it waits here, else the ms for which it goes back to the broker */
  admit(job: Job, nowMs: number): number | undefined {
    const gate = this.#gates.get(job.name);
    if (!gate || job.admitted) return 0;
    const { bucket, held } = gate;
    if (held.length === 0 && bucket.take(nowMs) <= 0) {
      job.admitted = true;
      return 0;
    }
    const firstMs = Math.max(0, bucket.waitMs(nowMs));
    const waitMs = firstMs + held.length * bucket.intervalMs;
    if (held.length >= MOST_HELD || waitMs > HELD_MS) return this.#turn(gate, nowMs, waitMs);
    held.push(job);
    gate.timer ??= longTimer(Math.ceil(firstMs), () => this.#release(gate), { keepsAlive: false });
    return undefined;
  }

  /** Lets go of a job that is not to start here. */
  drop(job: Job): void {
    const gate = this.#gates.get(job.name);
    if (gate) gate.held = gate.held.filter((one) => one !== job);
  }

  #release(gate: Gate): void {
    gate.timer?.cancel();
    gate.timer = undefined;
    const jobs = gate.held;
    gate.held = [];
    if (jobs.length > 0) this.onTurn(jobs);
  }

  /** Ms until the job is to come again: at its turn, when that is near. */
  #turn(gate: Gate, nowMs: number, waitMs: number): number {
    const { intervalMs } = gate.bucket;
    const turnMs = Math.max(gate.turnMs, nowMs + waitMs);
    if (turnMs - nowMs <= HORIZON_MS) {
      gate.turnMs = turnMs + intervalMs;
      return turnMs - nowMs;
    }
    gate.beyondMs = Math.max(gate.beyondMs + Math.min(SPACING_MS, intervalMs / 2), nowMs + HORIZON_MS);
    return gate.beyondMs - nowMs;
  }
}
