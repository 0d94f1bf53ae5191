// A child process of a worker: what it was handed, and how it is ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { packageRoot } from '../../config/index.js';
import type { PackedResult } from '../broker/embedded/protocol.js';
import type { FromChild, RunEnd, TaskTraits, ToChild } from './child-messages.js';
import { ClaimBoard } from './claim-board.js';
import { Frames } from './frames.js';
import type { Job } from './job.js';

const CHILD_MAIN = join(packageRoot, 'dist', 'src', 'celery', 'worker', 'child-main.js');
const PIPE = 3;
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
  readonly #process: ChildProcess;
  readonly #frames: Frames;
  readonly #jobs = new Map<number, Job>();
  #lastN = 0;
  #graceMs = 0;
  #killTimer: NodeJS.Timeout | undefined;
  #exit: string | undefined;
  #pipeClosed = false;

  constructor(
    configFile: string,
    node: string,
    private readonly owner: ChildOwner,
  ) {
    this.#process = spawn(process.execPath, ['--enable-source-maps', CHILD_MAIN], {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', this.#board.descriptor],
    });
    const pipe = this.#process.stdio[PIPE] as Duplex;
    this.#frames = new Frames(
      pipe,
      (message) => this.#onMessage(message as FromChild),
      () => this.#onPipeClosed(),
    );
    this.#process.once('error', (error) => this.#onExit(error.message));
    this.#process.once('exit', (code, signal) =>
      this.#onExit(signal ? `killed by ${signal}` : `exit code ${code}`),
    );
    this.#frames.send({ kind: 'config', configFile, node } satisfies ToChild);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
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
    const order = { n: this.#lastN, packed, queue, priority, redelivered, softMs: job.softMs };
    this.#frames.send({ kind: 'run', orders: [order] } satisfies ToChild, true);
  }

  /** A job that has not begun must not begin. */
  skip(job: Job): void {
    for (const [n, one] of this.#jobs)
      if (one === job) this.#frames.send({ kind: 'skip', n } satisfies ToChild);
  }

  /** Jobs that wait here behind a long one are called back. @returns those that certainly have not begun */
  callBack(): Job[] {
    const [first] = this.#jobs.keys();
    if (first === undefined || this.#jobs.size < 2 || this.calling || this.#exit !== undefined) return [];
    const highest = this.#board.lower(first);
    this.calling = true;
    this.#frames.send({ kind: 'call back', above: highest } satisfies ToChild);
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
    if (!this.#exit) this.#frames.send({ kind: 'shed' } satisfies ToChild);
  }

  /** Ends it with all that it has spawned: at once, or with time to tidy up when its task listens. */
  end(signal: NodeJS.Signals, graceMs: number): void {
    this.closing = true;
    this.#graceMs = graceMs;
    this.#signal(signal);
    clearTimeout(this.#killTimer);
    if (signal !== 'SIGKILL') this.#killTimer = setTimeout(() => this.#signal('SIGKILL'), ESCALATE_MS);
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It has gone.
    }
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
    const { runtimeMs } = end;
    this.paceMs = Math.max(runtimeMs, Number.isNaN(this.paceMs) ? 0 : 0.9 * this.paceMs + 0.1 * runtimeMs);
    this.owner.onEnded(this, job, end);
  }

  #calledBack(): void {
    this.calling = false;
    this.#board.raise();
    this.owner.onRoom();
  }

  #onTidying(): void {
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.#signal('SIGKILL'), this.#graceMs);
  }

  #onPipeClosed(): void {
    this.#pipeClosed = true;
    // A child that has lost its pipe is of no use, should it still be there.
    if (this.#exit === undefined) this.#signal('SIGKILL');
    this.#gone();
  }

  #onExit(reason: string): void {
    this.#exit ??= reason;
    clearTimeout(this.#killTimer);
    // What it has spawned must not outlive it, nor keep its pipe open.
    this.#signal('SIGKILL');
    this.#gone();
  }

  /** When all that it said has been read. */
  #gone(): void {
    if (this.#exit === undefined || !this.#pipeClosed) return;
    this.closing = true;
    const claimed = this.#board.claimed();
    this.#board.close();
    const jobs = [...this.#jobs];
    this.#jobs.clear();
    const begun = jobs.filter(([n]) => n <= claimed).map(([, job]) => job);
    const others = jobs.filter(([n]) => n > claimed).map(([, job]) => job);
    this.owner.onExit(this, begun, others, this.#exit);
  }
}
