// A child of a worker: what it was handed, and how it is ended.
import type { PackedResult } from '../broker/embedded/protocol.js';
import type { ChildLink, PoolKind } from './child-link.js';
import type { FromChild, RunEnd, TaskTraits } from './child-messages.js';
import { ClaimBoard } from './claim-board.js';
import type { Job } from './job.js';
import { ProcessLink } from './process-link.js';
import { SoloLink } from './solo-link.js';
import { ThreadLink } from './thread-link.js';

const LINKS = { prefork: ProcessLink, threads: ThreadLink, solo: SoloLink };
/** A child that was asked to end and says nothing has hung: its main thread computes. */
const ESCALATE_MS = 60;

/** What a child's pool hears. */
export interface ChildOwner {
  onReady(child: PoolChild, tasks: TaskTraits[]): void;
  onFailed(child: PoolChild, error: string, code: string): void;
  onEnded(child: PoolChild, job: Job, end: RunEnd): void;
  onState(state: PackedResult): void;
  onRoom(): void;
  /** It has gone, with these jobs in hand: those that had begun, and those that had not. */
  onExit(child: PoolChild, begun: Job[], others: Job[], reason: string): void;
  /** A job that it was handed had been called back. */
  onSkipped(child: PoolChild, job: Job): void;
}

export class PoolChild {
  ready = false;
  /** It takes no more jobs. */
  closing = false;
  /** Since when the first job is the first, `performance.now()`. */
  headSinceMs = 0;
  /** Jobs are being called back: it gets no others until it has heard. */
  calling = false;
  /** Jobs that have ended here. */
  count = 0;
  /** What a job took lately, in ms; a long one counts at once, short ones by and by. */
  paceMs = Number.NaN;
  memoryKiB = 0;
  readonly #board = ClaimBoard.make();
  readonly #link: ChildLink;
  readonly #jobs = new Map<number, Job>();
  #lastN = 0;
  #graceMs = 0;
  /** It is ended for the sake of one job: no other may begin. */
  #ending = false;
  #killTimer: NodeJS.Timeout | undefined;
  #gone = false;

  constructor(
    kind: PoolKind,
    configFile: string,
    node: string,
    private readonly owner: ChildOwner,
  ) {
    this.#link = new LINKS[kind](this.#board.descriptor, {
      onMessage: (message) => this.#onMessage(message),
      onGone: (reason) => this.#onGone(reason),
    });
    this.#link.send({ kind: 'config', configFile, node });
  }

  get pid(): number {
    return this.#link.pid;
  }

  /** Jobs that were handed over and have not ended; the first is the one that runs. */
  get jobs(): Job[] {
    return [...this.#jobs.values()];
  }

  get load(): number {
    return this.#jobs.size;
  }

  get running(): Job | undefined {
    for (const job of this.#jobs.values()) return job;
    return undefined;
  }

  /** What a job takes, the one that runs included; NaN before the first has ended. */
  get lateMs(): number {
    const runningMs = this.#jobs.size > 0 ? performance.now() - this.headSinceMs : 0;
    return Math.max(this.paceMs, runningMs);
  }

  /** Hands a job over. */
  give(job: Job): void {
    this.#lastN += 1;
    job.givenMs = performance.now();
    if (this.#jobs.size === 0) this.headSinceMs = job.givenMs;
    this.#jobs.set(this.#lastN, job);
    const { packed, queue, priority, redelivered } = job.delivery;
    const order = {
      n: this.#lastN,
      packed,
      queue,
      priority,
      redelivered,
      softMs: job.softMs,
      tidyMs: job.tidyMs,
    };
    this.#link.send({ kind: 'run', orders: [order] }, true);
  }

  /** A job that has not begun must not begin. */
  skip(job: Job): void {
    const n = this.#numberOf(job);
    if (n !== undefined) this.#link.send({ kind: 'skip', n });
  }

  /** Jobs that wait here behind a long one are called back. @returns those that certainly have not begun */
  callBack(): Job[] {
    const [first] = this.#jobs.keys();
    if (first === undefined || this.#jobs.size < 2 || this.calling || this.#gone) return [];
    const highest = this.#board.lower(first);
    this.calling = true;
    this.#link.send({ kind: 'call back', above: highest });
    const back: Job[] = [];
    for (const [n, job] of this.#jobs) {
      if (n <= highest) continue;
      this.#jobs.delete(n);
      back.push(job);
    }
    return back;
  }

  /** It ends when it has nothing in hand. */
  shed(): void {
    this.closing = true;
    if (!this.#gone) this.#link.send({ kind: 'shed' });
  }

  /** Ends it for the sake of this job alone. @returns whether it does: not when the job has ended, unheard as yet */
  endRun(job: Job, signal: NodeJS.Signals, graceMs: number): boolean {
    const n = this.#numberOf(job);
    if (n === undefined) return false;
    this.#board.lower(n);
    if (this.#board.claimed() > n) {
      // The limit stays where another matter needs it.
      if (!this.calling && !this.#ending) this.#board.raise();
      return false;
    }
    this.#ending = true;
    this.end(signal, graceMs);
    return true;
  }

  /** Ends it with all that it has spawned: at once, or with time to tidy up when its task listens. */
  end(signal: NodeJS.Signals, graceMs: number): void {
    this.closing = true;
    this.#graceMs = graceMs;
    this.#link.signal(signal);
    clearTimeout(this.#killTimer);
    if (signal !== 'SIGKILL') this.#killTimer = setTimeout(() => this.#link.signal('SIGKILL'), ESCALATE_MS);
  }

  #numberOf(job: Job): number | undefined {
    for (const [n, one] of this.#jobs) if (one === job) return n;
    return undefined;
  }

  #onMessage(message: FromChild): void {
    if (message.kind === 'ended') for (const end of message.ends) this.#onEnded(end);
    else if (message.kind === 'state') this.owner.onState(message.state);
    else if (message.kind === 'tidying') this.#onTidying();
    else if (message.kind === 'called back') this.#calledBack();
    else if (message.kind === 'ready') {
      this.ready = true;
      this.memoryKiB = message.memoryKiB;
      this.owner.onReady(this, message.tasks);
    } else if (message.kind === 'memory') this.memoryKiB = message.memoryKiB;
    else if (message.kind === 'failed') this.owner.onFailed(this, message.error, message.code);
  }

  #onEnded(end: RunEnd): void {
    const job = this.#jobs.get(end.n);
    if (!job) return;
    this.#jobs.delete(end.n);
    this.headSinceMs = performance.now();
    if (end.status === 'SKIPPED') {
      this.owner.onSkipped(this, job);
      return;
    }
    this.count += 1;
    if (end.goesOn) this.closing = true;
    const { runtimeMs } = end;
    this.paceMs = Math.max(runtimeMs, Number.isNaN(this.paceMs) ? 0 : 0.9 * this.paceMs + 0.1 * runtimeMs);
    this.owner.onEnded(this, job, end);
  }

  #calledBack(): void {
    this.calling = false;
    if (!this.#ending) this.#board.raise();
    this.owner.onRoom();
  }

  #onTidying(): void {
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.#link.signal('SIGKILL'), this.#graceMs);
  }

  #onGone(reason: string): void {
    clearTimeout(this.#killTimer);
    this.#gone = true;
    this.closing = true;
    const last = this.#board.begun();
    this.#board.close();
    const jobs = [...this.#jobs];
    this.#jobs.clear();
    const begun = jobs.filter(([n]) => n <= last).map(([, job]) => job);
    const others = jobs.filter(([n]) => n > last).map(([, job]) => job);
    this.owner.onExit(this, begun, others, reason);
  }
}
