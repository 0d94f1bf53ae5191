// The worker: takes deliveries from the broker, hands them to its children, and tells what became of each.

import type { Logger } from '../../log/index.js';
import type { Celery } from '../app.js';
import type { Consumer, ControlRequest } from '../broker/broker.js';
import { unpackResult } from '../broker/embedded/packing.js';
import { signalOf } from '../call-options.js';
import type { TaskTraits } from './child-messages.js';
import { ChildPool } from './child-pool.js';
import { HeldJobs } from './held-jobs.js';
import type { Job } from './job.js';
import { JobEnds } from './job-ends.js';
import { JobLine } from './job-line.js';
import { RateGate } from './rate-gate.js';
import { parseRate } from './rate-limit.js';
import { WorkerEvents } from './worker-events.js';
import type { WorkerOptions } from './worker-options.js';
import { WorkerPanel } from './worker-panel.js';

/** A task that is to be ended and had not begun, as far as was known, is looked at again after this time. */
const LOOK_AGAIN_MS = 50;

export class Worker {
  readonly events: WorkerEvents;
  readonly startedMs = performance.now();
  readonly pool: ChildPool;
  queues: string[];
  readonly #panel: WorkerPanel;
  #consumer: Consumer | undefined;
  readonly #held = new HeldJobs();
  readonly #rates = new RateGate((jobs) => this.#line.takeFirst(jobs));
  readonly #ends: JobEnds;
  readonly #line: JobLine;
  #stopping = false;
  #onStopped: () => void = () => undefined;
  #onReady: () => void = () => undefined;
  #onFailed: (error: Error) => void = () => undefined;
  #idle: (() => void) | undefined;

  constructor(
    readonly app: Celery,
    readonly options: WorkerOptions,
    readonly log: Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>,
  ) {
    this.queues = options.queues;
    const consumer = () => this.#consumer;
    this.events = new WorkerEvents(options.node, consumer);
    const shared = { app, held: this.#held, rates: this.#rates, events: this.events, log, consumer };
    this.#ends = new JobEnds({ ...shared, onGone: () => this.#checkIdle() });
    this.#line = new JobLine({ ...shared, options, ends: this.#ends, pool: () => this.pool });
    this.#panel = new WorkerPanel(this);
    const { pool: kind, node, concurrency, maxTasksPerChild, maxMemoryPerChildKiB } = options;
    const poolOptions = {
      kind,
      configFile: app.config.file,
      node,
      concurrency,
      maxTasksPerChild,
      maxMemoryPerChildKiB,
    };
    this.pool = new ChildPool(poolOptions, {
      onReady: (tasks) => this.#childReady(tasks),
      onCannotStart: (error, code) => this.#cannotStart(error, code),
      onEnded: (job, end) => this.#ends.ended(job, end),
      onState: (state) => this.#consumer?.state(unpackResult(state)),
      onLost: (job, reason) => this.#ends.lost(job, reason),
      onReturned: (jobs) => this.#line.returned(jobs),
      onRoom: () => this.#line.feed(),
    });
  }

  /** Resolves when it takes tasks. @throws Error when its children cannot start */
  async start(): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      this.#onReady = resolve;
      this.#onFailed = reject;
    });
    this.pool.start();
    await ready;
    this.#consumer = this.app.broker.consume(
      { node: this.options.node, queues: this.queues, window: this.#line.window },
      {
        deliver: (deliveries) => this.#line.deliver(deliveries),
        revoke: (ids, terminate, signal) => this.revoke(ids, terminate, signal),
        control: (request: ControlRequest) => this.#panel.answer(request),
        eventsWanted: (wanted) => this.events.want(wanted),
        lost: (tags) => this.#takenAway(tags),
      },
    );
    await this.#consumer.ready;
    this.#line.start();
    this.events.online();
    this.log.info(`${this.options.node} ready.`);
  }

  /** Resolves when it has stopped. */
  stopped(): Promise<void> {
    return new Promise((resolve) => {
      this.#onStopped = resolve;
    });
  }

  /** Options of the tasks that its children have registered. */
  get traits(): ReadonlyMap<string, TaskTraits> {
    return this.#line.traits;
  }

  /** Time limits that were set while it runs. */
  get limits(): Map<string, { hardMs: number; softMs: number }> {
    return this.#line.limits;
  }

  /** How many runs of each task have ended. */
  get totals(): ReadonlyMap<string, number> {
    return this.#ends.totals;
  }

  /** Jobs that run, and jobs that wait here. */
  get active(): Job[] {
    return this.pool.children.flatMap(({ running }) => (running ? [running] : []));
  }

  get reserved(): Job[] {
    const active = new Set(this.active);
    return this.#held.all.filter((job) => !active.has(job));
  }

  get prefetchCount(): number {
    return this.#line.window;
  }

  /** Tasks that must not start here, and with `terminate` not go on. @returns those that are being ended */
  revoke(ids: readonly string[], terminate: boolean, signal: string): string[] {
    const ended: string[] = [];
    for (const job of this.#held.all) {
      if (!ids.includes(job.id)) continue;
      const child = this.pool.childOf(job);
      if (!child) this.#ends.refuse(job, 'revoked');
      else if (child.running !== job) {
        job.revoked = true;
        child.skip(job);
        // It may have begun, and that not been told yet: a child that computes does not hear of being told to skip.
        if (terminate) setTimeout(() => this.revoke([job.id], true, signal), LOOK_AGAIN_MS).unref();
      } else if (terminate && !job.endReason) {
        // Should it not have begun, it is not given to another child.
        job.revoked = true;
        if (!child.endRun(job, signalOf(signal) ?? 'SIGTERM', this.options.graceMs)) continue;
        job.endReason = 'terminated';
        ended.push(job.id);
      }
    }
    return ended;
  }

  /** Finishes what runs, gives the rest back. */
  async shutdown(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#line.stop();
    if (this.#held.size > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    await this.pool.stop();
    this.events.offline();
    await this.#consumer?.close();
    this.#onStopped();
  }

  /** Ends what runs: with late acknowledgement it goes back to its queue. */
  kill(): void {
    for (const job of this.#held.all) job.endReason ??= 'cold shutdown';
    this.pool.kill();
    void this.shutdown();
  }

  setQueues(queues: string[]): void {
    this.queues = queues;
    this.#consumer?.setQueues(queues);
  }

  resize(concurrency: number): void {
    this.pool.resize(Math.max(1, concurrency));
    this.#consumer?.setWindow(this.#line.window);
  }

  setRate(name: string, perSecond: number): void {
    this.#rates.set(name, perSecond);
  }

  #childReady(tasks: TaskTraits[]): void {
    const known = this.traits;
    // What was told of a task since the first child was ready stays so.
    this.#line.traits = new Map(tasks.map((one) => [one.name, known.get(one.name) ?? one]));
    for (const { name, rateLimit } of tasks) {
      const perSecond = parseRate(rateLimit) ?? 0;
      if (perSecond > 0 && !known.has(name)) this.#rates.set(name, perSecond);
    }
    this.#onReady();
  }

  #cannotStart(error: string, code: string): void {
    this.log.error(`a child cannot start: ${error}`, { code });
    this.#onFailed(Object.assign(new Error(error), { code }));
  }

  #takenAway(tags: number[]): void {
    for (const tag of tags) {
      const job = this.#held.get(tag);
      if (!job) continue;
      this.#ends.forget(job);
      const child = this.pool.childOf(job);
      if (child?.running === job) child.endRun(job, 'SIGKILL', 0);
      else child?.skip(job);
    }
    this.#checkIdle();
  }

  #checkIdle(): void {
    if (this.#stopping && this.#held.size === 0) this.#idle?.();
  }
}
