// Children: as many at work as may be, and one more that is warm, so that one that ends is replaced at once.
import type { PackedResult } from '../broker/embedded/protocol.js';
import type { PoolKind } from './child-link.js';
import type { RunEnd, TaskTraits } from './child-messages.js';
import type { Job } from './job.js';
import { PoolChild } from './pool-child.js';

/** What the worker hears. */
export interface PoolOwner {
  onReady(tasks: TaskTraits[]): void;
  onCannotStart(error: string, code: string): void;
  onEnded(job: Job, end: RunEnd): void;
  onState(state: PackedResult): void;
  /** The job's child has gone before it had ended. */
  onLost(job: Job, reason: string): void;
  /** It was handed over and had not begun. */
  onReturned(jobs: Job[]): void;
  /** There may be room. */
  onRoom(): void;
}

/** How the pool works. */
export interface PoolOptions {
  kind: PoolKind;
  configFile: string;
  node: string;
  concurrency: number;
  maxTasksPerChild: number | undefined;
  maxMemoryPerChildKiB: number | undefined;
}

/** Work that a child may have before it: jobs so short that handing over would take longer than running. */
const AHEAD_MS = 2;
const MOST_AHEAD = 64;
/** A child that ends before it is ready is tried again after this. */
const RETRY_MS = 1_000;

export class ChildPool {
  concurrency: number;
  /** Children that run jobs. */
  readonly #active = new Set<PoolChild>();
  /** Warm, or getting so. */
  readonly #spare = new Set<PoolChild>();
  #stopping = false;
  #onEmpty: () => void = () => undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: PoolOptions,
    private readonly owner: PoolOwner,
  ) {
    this.concurrency = options.concurrency;
  }

  /** The first child alone, to be ready soon; the others when it is. */
  start(): void {
    this.#fork();
  }

  get pids(): number[] {
    return [...this.#active].map(({ pid }) => pid);
  }

  /** What jobs take lately; NaN before the first. */
  get paceMs(): number {
    return Math.max(...[...this.#active].map(({ lateMs }) => lateMs), Number.NEGATIVE_INFINITY);
  }

  get load(): number {
    let load = 0;
    for (const child of this.#active) load += child.load;
    return load;
  }

  get children(): { pid: number; running: Job | undefined }[] {
    return [...this.#active].map(({ pid, running }) => ({ pid, running }));
  }

  /** Hands a job to a child that has room. @returns whether there was one */
  give(job: Job): boolean {
    const child = this.#childFor(job);
    child?.give(job);
    return child !== undefined;
  }

  /** Whether a job would find a child. */
  hasRoom(): boolean {
    if (this.#stopping) return false;
    for (const child of this.#active) if (room(child, this.options.maxTasksPerChild) > 0) return true;
    return this.#active.size < this.concurrency && this.#warmSpare() !== undefined;
  }

  childOf(job: Job): PoolChild | undefined {
    return [...this.#active].find((child) => child.jobs.includes(job));
  }

  /** Jobs that wait in a child behind one that runs for longer than this. */
  callBack(longMs: number): Job[] {
    const nowMs = performance.now();
    return [...this.#active].flatMap((child) => {
      const { running, load } = child;
      return running && load > 1 && nowMs - child.headSinceMs > longMs ? child.callBack() : [];
    });
  }

  /** More children at work, or less. */
  resize(concurrency: number): void {
    this.concurrency = concurrency;
    const idle = [...this.#active].filter((child) => child.load === 0 && !child.closing);
    for (const child of idle.slice(0, Math.max(0, this.#active.size - concurrency))) child.shed();
    this.#fill();
    this.owner.onRoom();
  }

  /** Lets all go that have nothing in hand, the others when they have finished. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#retry);
    for (const child of [...this.#spare, ...this.#active]) child.shed();
    if (this.#spare.size + this.#active.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** Ends all at once. */
  kill(): void {
    this.#stopping = true;
    for (const child of [...this.#spare, ...this.#active]) child.end('SIGKILL', 0);
  }

  #childFor(job: Job): PoolChild | undefined {
    if (this.#stopping) return undefined;
    let best: PoolChild | undefined;
    for (const child of this.#active) {
      if (room(child, this.options.maxTasksPerChild) > 0 && (!best || child.load < best.load)) best = child;
    }
    const isIdle = best?.load === 0;
    const spare = !isIdle && this.#active.size < this.concurrency ? this.#warmSpare() : undefined;
    if (!spare) {
      // A job with a limit is timed from its handing over: nothing may be before it.
      const mayWait = job.hardMs === 0 && job.softMs === 0 && best?.running?.hardMs === 0;
      return isIdle || mayWait ? best : undefined;
    }
    this.#spare.delete(spare);
    this.#active.add(spare);
    this.#fill();
    return spare;
  }

  #warmSpare(): PoolChild | undefined {
    for (const child of this.#spare) if (child.ready && !child.closing) return child;
    return undefined;
  }

  #fork(): void {
    if (this.#stopping) return;
    const { kind, configFile, node } = this.options;
    const child: PoolChild = new PoolChild(kind, configFile, node, {
      onReady: (_, tasks) => {
        this.owner.onReady(tasks);
        this.#fill();
        this.owner.onRoom();
      },
      onFailed: (_, error, code) => this.owner.onCannotStart(error, code),
      onEnded: (_, job, end) => this.#ended(child, job, end),
      onState: (state) => this.owner.onState(state),
      onSkipped: (_, job) => this.#skipped(child, job),
      onRoom: () => this.#freed(child),
      onExit: (_, begun, others, reason) => this.#exited(child, begun, others, reason),
    });
    this.#spare.add(child);
  }

  /** One at a time: each start takes a processor for a while. */
  #fill(): void {
    if (this.#stopping || [...this.#spare].some(({ ready }) => !ready)) return;
    const wanted = Math.max(0, this.concurrency - this.#active.size) + (this.options.kind === 'solo' ? 0 : 1);
    if (this.#spare.size < wanted) this.#fork();
  }

  #ended(child: PoolChild, job: Job, end: RunEnd): void {
    this.owner.onEnded(job, end);
    const { maxTasksPerChild = Infinity, maxMemoryPerChildKiB = Infinity } = this.options;
    const isWorn = child.count + child.load >= maxTasksPerChild || child.memoryKiB > maxMemoryPerChildKiB;
    if (isWorn && !child.closing) child.closing = true;
    if (child.load === 0 && (child.closing || this.#active.size > this.concurrency)) child.shed();
    else this.owner.onRoom();
  }

  #skipped(child: PoolChild, job: Job): void {
    this.owner.onReturned([job]);
    this.#freed(child);
  }

  #freed(child: PoolChild): void {
    if (child.load === 0 && child.closing) child.shed();
    else this.owner.onRoom();
  }

  #exited(child: PoolChild, begun: Job[], others: Job[], reason: string): void {
    const wasReady = child.ready;
    this.#active.delete(child);
    this.#spare.delete(child);
    for (const job of begun) this.owner.onLost(job, reason);
    if (others.length > 0) this.owner.onReturned(others);
    if (this.#stopping && this.#active.size + this.#spare.size === 0) this.#onEmpty();
    if (wasReady) this.#fill();
    else if (!this.#stopping) this.#retry = setTimeout(() => this.#fill(), RETRY_MS);
    this.owner.onRoom();
  }
}

function room(child: PoolChild, mostJobs: number | undefined): number {
  if (child.closing || !child.ready || child.calling) return 0;
  if (mostJobs !== undefined && child.count + child.load >= mostJobs) return 0;
  const { load, lateMs: paceMs } = child;
  const ahead = Number.isNaN(paceMs)
    ? 0
    : Math.min(MOST_AHEAD, Math.floor(AHEAD_MS / Math.max(paceMs, 0.01)));
  return 1 + ahead - load;
}
