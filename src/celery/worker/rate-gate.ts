// Tasks with a rate: a few wait in the worker for their turn, the others go back to the broker until it is near. So a long
// line of them holds neither other tasks of the queue up nor other workers. What comes later does not overtake the line.
import { longTimer, type Timer } from '../../clock/index.js';
import type { Job } from './job.js';
import { TokenBucket } from './rate-limit.js';
import { SentBackLine } from './sent-back-line.js';

/** Jobs of one task that wait here, and how long the last of them may. */
const MOST_HELD = 4;
const HELD_MS = 1_000;
/** A job goes back for its turn when that is at most so far off; else it comes again after this and is looked at anew. */
const HORIZON_MS = 5_000;
/** Jobs that come again follow each other at this distance: so often is a long line looked at. */
const SPACING_MS = 2;
/** A turn that was not taken for so long is anybody's: who it was promised to has gone to another worker. */
const MISSED_MS = 50;

interface Gate<J> {
  bucket: TokenBucket;
  held: J[];
  timer: Timer | undefined;
  /** The first turn that is promised to nobody, and the highest tag to which one is. */
  turnMs: number;
  turnTag: number;
  /** Jobs whose turn is far off. */
  beyond: SentBackLine;
  /** The highest priority of the jobs that have gone back. */
  backPriority: number;
}

/** What the gate must know of a job. Its tag rises with each that comes to the broker. */
export type RatedJob = Pick<Job, 'name' | 'tag' | 'priority' | 'admitted' | 'hasTurn'>;

type After = (ms: number, callback: () => void) => Timer;

const afterUnref: After = (ms, callback) => longTimer(ms, callback, { keepsAlive: false });

export class RateGate<J extends RatedJob = Job> {
  readonly #gates = new Map<string, Gate<J>>();

  /** @param onTurn - jobs that were held are to be admitted again, before all others */
  constructor(
    private readonly onTurn: (jobs: J[]) => void,
    private readonly after: After = afterUnref,
  ) {}

  /** Jobs that wait here. */
  get held(): J[] {
    return [...this.#gates.values()].flatMap(({ held }) => held);
  }

  /** Sets the rate of a task, 0 for none. */
  set(name: string, perSecond: number): void {
    const gate = this.#gates.get(name);
    this.#gates.delete(name);
    if (perSecond > 0) {
      const bucket = new TokenBucket(perSecond);
      const line = { turnMs: 0, turnTag: 0, beyond: new SentBackLine(), backPriority: 0 };
      this.#gates.set(name, { bucket, held: [], timer: undefined, ...line });
    }
    if (gate) this.#release(gate);
  }

  /** @returns 0 when the job may start, `undefined` when it waits here, else the ms for which it goes back to the broker */
  admit(job: J, nowMs: number): number | undefined {
    const gate = this.#gates.get(job.name);
    if (!gate || job.admitted) return 0;
    const { bucket, held } = gate;
    const isBehind = isBehindOthers(gate, job, nowMs);
    const mustFollow = isBehind || isBeforeTurns(gate, job, nowMs);
    const isMissed = bucket.waitMs(nowMs) <= -Math.min(MISSED_MS, bucket.intervalMs / 2);
    if (held.length === 0 && (isMissed || !mustFollow) && bucket.take(nowMs) <= 0) {
      job.admitted = true;
      return 0;
    }
    const firstMs = Math.max(0, bucket.waitMs(nowMs));
    const waitMs = firstMs + held.length * bucket.intervalMs;
    if (held.length >= MOST_HELD || waitMs > HELD_MS || mustFollow)
      return sendBack(gate, job, nowMs, waitMs, isBehind);
    job.hasTurn = true;
    held.push(job);
    gate.timer ??= this.after(Math.ceil(firstMs), () => this.#release(gate));
    return undefined;
  }

  /** Lets go of a job that is not to start here. */
  drop(job: J): void {
    const gate = this.#gates.get(job.name);
    if (gate) gate.held = gate.held.filter((one) => one !== job);
  }

  #release(gate: Gate<J>): void {
    gate.timer?.cancel();
    gate.timer = undefined;
    const jobs = gate.held;
    gate.held = [];
    if (jobs.length > 0) this.onTurn(jobs);
  }
}

/** @returns ms until the job is to come again: at its turn, when that is near and those before it have theirs */
function sendBack<J>(gate: Gate<J>, job: RatedJob, nowMs: number, waitMs: number, isBehind: boolean): number {
  const { beyond, bucket } = gate;
  const isFirst = nowMs >= Math.max(gate.turnMs, beyond.untilMs);
  gate.backPriority = isFirst ? job.priority : Math.max(gate.backPriority, job.priority);
  const turnMs = Math.max(gate.turnMs, nowMs + waitMs);
  if (turnMs - nowMs <= HORIZON_MS && !isBehind) {
    gate.turnMs = turnMs + bucket.intervalMs;
    gate.turnTag = Math.max(gate.turnTag, job.tag);
    return turnMs - nowMs;
  }
  const spacingMs = Math.min(SPACING_MS, bucket.intervalMs / 2);
  const againMs = Math.max(beyond.untilMs + spacingMs, nowMs + HORIZON_MS);
  beyond.add(job.tag, againMs);
  return againMs - nowMs;
}

/** Whether jobs that came before this one are promised the next turns. */
function isBeforeTurns(
  { turnMs, turnTag, backPriority }: Gate<unknown>,
  job: RatedJob,
  nowMs: number,
): boolean {
  return nowMs < turnMs && job.tag > turnTag && job.priority <= backPriority && !job.hasTurn;
}

/** Whether jobs that came before this one have gone back without a turn, and are yet to come again. */
function isBehindOthers({ beyond, backPriority }: Gate<unknown>, job: RatedJob, nowMs: number): boolean {
  const isBehind = beyond.come(job.tag, nowMs);
  return isBehind && job.priority <= backPriority && !job.hasTurn;
}
