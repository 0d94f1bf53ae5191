// The worker: takes deliveries from the broker, hands them to its children, and tells what became of each.

import { longTimer, type Timer } from '../../clock/index.js';
import type { Logger } from '../../log/index.js';
import type { Celery } from '../app.js';
import type { Broker, Consumer, ControlRequest, Delivery, Outcome, ResultRecord } from '../broker/broker.js';
import { unpackOutgoing, unpackPart, unpackResult } from '../broker/embedded/packing.js';
import { signalOf } from '../call-options.js';
import { afterFailure } from '../canvas/follow.js';
import { TaskRevokedError, TimeLimitExceeded, WorkerLostError } from '../errors.js';
import { failureRecord } from '../outcome.js';
import { FAILURE, REVOKED } from '../states.js';
import type { PoolKind } from './child-link.js';
import type { RunEnd, TaskTraits } from './child-messages.js';
import { ChildPool } from './child-pool.js';
import { Job } from './job.js';
import { RateGate } from './rate-gate.js';
import { parseRate } from './rate-limit.js';
import { WorkerEvents } from './worker-events.js';
import { WorkerPanel } from './worker-panel.js';

/** Options of a worker, those of the command line. */
export interface WorkerOptions {
  pool: PoolKind;
  node: string;
  queues: string[];
  concurrency: number;
  prefetchMultiplier: number;
  maxTasksPerChild: number | undefined;
  maxMemoryPerChildKiB: number | undefined;
  timeLimitMs: number | undefined;
  softTimeLimitMs: number | undefined;
  graceMs: number;
}

/** A task that is to be ended and had not begun, as far as was known, is looked at again after this time. */
const LOOK_AGAIN_MS = 50;
/** Jobs shorter than this are fetched by the bundle, worth about so much work. */
const SHORT_MS = 20;
const BUNDLE_MS = 12;
const MOST_FETCHED = 256;
/** How often jobs that wait behind a long one are looked for. */
const LOOK_MS = 20;

export class Worker {
  readonly events: WorkerEvents;
  readonly startedMs = performance.now();
  readonly totals = new Map<string, number>();
  readonly limits = new Map<string, { hardMs: number; softMs: number }>();
  traits = new Map<string, TaskTraits>();
  readonly pool: ChildPool;
  queues: string[];
  readonly #broker: Broker;
  readonly #panel: WorkerPanel;
  #consumer: Consumer | undefined;
  /** Jobs that wait for a child, and all that are here. */
  #waiting: Job[] = [];
  readonly #jobs = new Map<number, Job>();
  readonly #rates = new RateGate((jobs) => {
    this.#waiting.unshift(...jobs);
    this.#feed();
  });
  readonly #timers = new Map<Job, Timer>();
  #look: NodeJS.Timeout | undefined;
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
    this.#broker = app.broker;
    this.queues = options.queues;
    this.events = new WorkerEvents(options.node, () => this.#consumer);
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
      onEnded: (job, end) => this.#ended(job, end),
      onState: (state) => this.#consumer?.state(unpackResult(state)),
      onLost: (job, reason) => this.#lost(job, reason),
      onReturned: (jobs) => this.#returned(jobs),
      onRoom: () => this.#feed(),
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
    this.#consumer = this.#broker.consume(
      { node: this.options.node, queues: this.queues, window: this.#window() },
      {
        deliver: (deliveries) => this.#deliver(deliveries),
        revoke: (ids, terminate, signal) => this.revoke(ids, terminate, signal),
        control: (request: ControlRequest) => this.#panel.answer(request),
        eventsWanted: (wanted) => this.events.want(wanted),
        lost: (tags) => this.#takenAway(tags),
      },
    );
    await this.#consumer.ready;
    this.#look = setInterval(() => this.#releaseStuck(), LOOK_MS).unref();
    this.events.online();
    this.log.info(`${this.options.node} ready.`);
  }

  /** Resolves when it has stopped. */
  stopped(): Promise<void> {
    return new Promise((resolve) => {
      this.#onStopped = resolve;
    });
  }

  /** Jobs that run, and jobs that wait here. */
  get active(): Job[] {
    return this.pool.children.flatMap(({ running }) => (running ? [running] : []));
  }

  get reserved(): Job[] {
    const active = new Set(this.active);
    return [...this.#jobs.values()].filter((job) => !active.has(job));
  }

  get prefetchCount(): number {
    return this.#window();
  }

  /** Tasks that must not start here, and with `terminate` not go on. @returns those that are being ended */
  revoke(ids: readonly string[], terminate: boolean, signal: string): string[] {
    const ended: string[] = [];
    for (const job of [...this.#jobs.values()]) {
      if (!ids.includes(job.id)) continue;
      const child = this.pool.childOf(job);
      if (!child) this.#refuse(job, 'revoked');
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
    clearInterval(this.#look);
    this.#consumer?.setWindow(0);
    this.#giveBack([...this.#waiting, ...this.#rates.held]);
    this.#waiting = [];
    if (this.#jobs.size > 0)
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
    for (const job of this.#jobs.values()) job.endReason ??= 'cold shutdown';
    this.pool.kill();
    void this.shutdown();
  }

  setQueues(queues: string[]): void {
    this.queues = queues;
    this.#consumer?.setQueues(queues);
  }

  resize(concurrency: number): void {
    this.pool.resize(Math.max(1, concurrency));
    this.#consumer?.setWindow(this.#window());
  }

  setRate(name: string, perSecond: number): void {
    this.#rates.set(name, perSecond);
  }

  #childReady(tasks: TaskTraits[]): void {
    const known = this.traits;
    // What was told of a task since the first child was ready stays so.
    this.traits = new Map(tasks.map((one) => [one.name, known.get(one.name) ?? one]));
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

  /** Deliveries that may be open: those that run, and ahead of them what short jobs need. */
  #window(): number {
    if (this.#stopping) return 0;
    const { concurrency } = this.pool;
    const { prefetchMultiplier } = this.options;
    const { paceMs } = this.pool;
    const held = this.#rates.held.length;
    const usual = prefetchMultiplier === 0 ? MOST_FETCHED : prefetchMultiplier;
    const bundle = paceMs < SHORT_MS && paceMs >= 0 ? Math.ceil(BUNDLE_MS / Math.max(0.05, paceMs)) : 0;
    return concurrency * Math.max(usual, Math.min(MOST_FETCHED, 1 + bundle)) + held;
  }

  #deliver(deliveries: Delivery[]): void {
    const nowMs = performance.now();
    for (const delivery of deliveries) {
      const { headers } = delivery.message;
      const job = new Job(delivery, this.traits.get(headers.task) ?? unknownTask(headers.task), nowMs);
      this.#jobs.set(job.tag, job);
      this.#setLimits(job);
      this.#waiting.push(job);
      this.events.task('task-received', job);
      this.log.debug?.(`Task ${job.name}[${job.id}] received`);
    }
    this.#feed();
  }

  #setLimits(job: Job): void {
    const { timelimit } = job.delivery.message.headers;
    const own = this.limits.get(job.name);
    const { timeLimit, softTimeLimit } = job.traits;
    job.hardMs = ms(timelimit?.[0]) ?? own?.hardMs ?? ms(timeLimit) ?? this.options.timeLimitMs ?? 0;
    job.softMs = ms(timelimit?.[1]) ?? own?.softMs ?? ms(softTimeLimit) ?? this.options.softTimeLimitMs ?? 0;
    // The hard limit ends it, if there is one.
    job.tidyMs = job.hardMs > 0 ? job.hardMs : this.options.graceMs;
  }

  /** Hands over what children have room for. */
  #feed(): void {
    const begun: number[] = [];
    let index = 0;
    while (index < this.#waiting.length && this.pool.hasRoom()) {
      const job = this.#waiting[index] as Job;
      index += 1;
      if (job.over || this.#isRefused(job) || this.#mustWait(job)) continue;
      if (!this.pool.give(job)) {
        index -= 1;
        break;
      }
      if (!job.traits.acksLate && !job.acknowledged) {
        job.acknowledged = true;
        begun.push(job.tag);
      }
      this.#watch(job);
      this.events.task('task-started', job);
    }
    if (index > 0) this.#waiting.splice(0, index);
    if (begun.length > 0) this.#consumer?.acknowledge(begun);
    this.#consumer?.setWindow(this.#window());
  }

  #isRefused(job: Job): boolean {
    if (!(job.expiresMs <= this.app.clock.now())) return false;
    this.#refuse(job, 'expired');
    return true;
  }

  /** A task whose rate is used up waits, and holds no other task up. */
  #mustWait(job: Job): boolean {
    const delayMs = this.#rates.admit(job, performance.now());
    if (delayMs === 0) return false;
    if (delayMs !== undefined) {
      this.#forget(job);
      this.#consumer?.postpone(job.tag, delayMs);
    }
    return true;
  }

  #watch(job: Job): void {
    if (job.hardMs <= 0) return;
    const timer = longTimer(job.hardMs, () => {
      job.endReason ??= 'time limit';
      this.pool.childOf(job)?.end('SIGKILL', 0);
    });
    this.#timers.set(job, timer);
  }

  #ended(job: Job, end: RunEnd): void {
    // A task that tidied up when it was terminated has ended all the same: its child's end says so.
    if (job.endReason === 'terminated') {
      this.#refuse(job, 'terminated');
      return;
    }
    this.totals.set(job.name, (this.totals.get(job.name) ?? 0) + 1);
    if (end.status === 'REJECTED' && end.requeue) {
      this.#giveBack([job], true);
      return;
    }
    this.events.ended(job, end);
    if (end.status === FAILURE) this.log.error(`Task ${job.name}[${job.id}] raised: ${end.text}`);
    else
      this.log.debug?.(
        `Task ${job.name}[${job.id}] ${end.status} in ${end.runtimeMs.toFixed(1)} ms: ${end.text}`,
      );
    this.#tell(job, {
      result: end.result ? unpackResult(end.result) : undefined,
      retry: end.retry ? unpackOutgoing(end.retry) : undefined,
      followers: (end.followers ?? []).map(unpackOutgoing),
      results: (end.results ?? []).map(unpackResult),
      parts: (end.parts ?? []).map(unpackPart),
      deadLetter: end.deadLetter ?? (end.status === FAILURE ? setAside(job, end.text) : undefined),
    });
  }

  /** The job's child has gone. */
  #lost(job: Job, reason: string): void {
    if (job.over) return;
    const { endReason } = job;
    if (endReason === 'terminated') {
      this.#refuse(job, 'terminated');
      return;
    }
    const { acksLate, rejectOnWorkerLost } = job.traits;
    if (endReason === 'time limit')
      this.#fail(job, new TimeLimitExceeded(`TimeLimitExceeded(${job.hardMs / 1000},)`));
    else if (acksLate && (rejectOnWorkerLost || endReason === 'cold shutdown')) this.#giveBack([job], true);
    else this.#fail(job, new WorkerLostError(`Worker exited prematurely: ${endReason ?? reason}`));
  }

  /** They had not begun: another child takes them, before all others. */
  #returned(jobs: Job[]): void {
    const live = jobs.filter((job) => !job.over);
    for (const job of live) {
      this.#unwatch(job);
      job.endReason = undefined;
    }
    if (this.#stopping) this.#giveBack(live);
    else this.#waiting.unshift(...live.filter((job) => !job.revoked));
    for (const job of live) if (job.revoked) this.#refuse(job, 'revoked');
  }

  #refuse(job: Job, reason: string): void {
    const record = failureRecord(job.id, new TaskRevokedError(reason), 'json', REVOKED);
    this.events.revoked(job, reason);
    this.log.info(`Discarding task ${job.name}[${job.id}]: ${reason}`);
    this.#tellFailure(job, withoutTraceback(record));
  }

  #fail(job: Job, error: Error): void {
    this.log.error(`Task ${job.name}[${job.id}]: ${error.message}`);
    const record = failureRecord(job.id, error, 'json');
    this.events.failed(job, error);
    this.#tellFailure(job, withoutTraceback(record), setAside(job, error.message));
  }

  /** What was to follow it is told too. */
  #tellFailure(job: Job, result: ResultRecord, deadLetter?: string): void {
    this.#tell(job, { result, deadLetter, ...afterFailure(this.app, job.delivery.message, result) });
  }

  #tell(job: Job, outcome: Partial<Outcome>): void {
    if (job.over) return;
    this.#forget(job);
    this.#consumer?.end({
      tag: job.tag,
      id: job.id,
      result: undefined,
      retry: undefined,
      followers: [],
      results: [],
      parts: [],
      deadLetter: undefined,
      ...outcome,
    });
    this.#checkIdle();
  }

  #giveBack(jobs: Job[], begun = false): void {
    const live = jobs.filter((job) => !job.over);
    for (const job of live) this.#forget(job);
    if (live.length > 0)
      this.#consumer?.giveBack(
        live.map(({ tag }) => tag),
        begun,
      );
    this.#checkIdle();
  }

  #takenAway(tags: number[]): void {
    for (const tag of tags) {
      const job = this.#jobs.get(tag);
      if (!job) continue;
      this.#forget(job);
      const child = this.pool.childOf(job);
      if (child?.running === job) child.endRun(job, 'SIGKILL', 0);
      else child?.skip(job);
    }
    this.#checkIdle();
  }

  #forget(job: Job): void {
    job.over = true;
    this.#unwatch(job);
    this.#rates.drop(job);
    this.#jobs.delete(job.tag);
  }

  #unwatch(job: Job): void {
    this.#timers.get(job)?.cancel();
    this.#timers.delete(job);
  }

  #checkIdle(): void {
    if (this.#stopping && this.#jobs.size === 0) this.#idle?.();
  }

  /** Jobs that were fetched because those before were short must not wait here behind a long one. */
  #releaseStuck(): void {
    const calledBack = this.pool.callBack(SHORT_MS);
    if (calledBack.length > 0) {
      this.#returned(calledBack);
      // Whom they are called back from may compute for long before it answers.
      this.#feed();
    }
    const { concurrency } = this.pool;
    const allowed = concurrency * Math.max(0, this.options.prefetchMultiplier - 1);
    if (this.#waiting.length <= allowed || this.pool.hasRoom()) return;
    const nowMs = performance.now();
    const { active } = this;
    const areBusy = active.length > 0 && active.every(({ givenMs }) => nowMs - givenMs > SHORT_MS);
    if (!areBusy) return;
    const extra = this.#waiting.splice(allowed);
    this.#consumer?.setWindow(this.#window());
    this.#giveBack(extra.reverse());
  }
}

function ms(seconds: number | null | undefined): number | undefined {
  return typeof seconds === 'number' ? seconds * 1000 : undefined;
}

/** A task that no child has registered fails there, by name. */
function unknownTask(name: string): TaskTraits {
  return {
    name,
    acksLate: false,
    rejectOnWorkerLost: false,
    acksOnFailureOrTimeout: true,
    ignoreResult: false,
    trackStarted: false,
    timeLimit: null,
    softTimeLimit: null,
    rateLimit: null,
  };
}

/** Why a message that is not acknowledged when its task fails is set aside, as Celery rejects it; `undefined` when it is. */
function setAside({ traits }: Job, reason: string): string | undefined {
  return traits.acksLate && !traits.acksOnFailureOrTimeout ? reason : undefined;
}

/** Where this program threw it tells nobody anything. */
function withoutTraceback(record: ResultRecord): ResultRecord {
  const body = JSON.parse(Buffer.from(record.body).toString());
  return { ...record, body: Buffer.from(JSON.stringify({ ...body, traceback: null })) };
}
