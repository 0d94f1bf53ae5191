// Jobs that wait for a child: taken in as they come, handed over when there is room, and given back when they are stuck.

import type { Logger } from '../../log/index.js';
import type { Celery } from '../app.js';
import type { Consumer, Delivery } from '../broker/broker.js';
import type { TaskTraits } from './child-messages.js';
import type { ChildPool } from './child-pool.js';
import type { HeldJobs } from './held-jobs.js';
import { Job } from './job.js';
import type { JobEnds } from './job-ends.js';
import type { RateGate } from './rate-gate.js';
import type { WorkerEvents } from './worker-events.js';
import type { WorkerOptions } from './worker-options.js';

/** Jobs shorter than this are fetched by the bundle, worth about so much work. */
const SHORT_MS = 20;
const BUNDLE_MS = 12;
const MOST_FETCHED = 256;
/** How often jobs that wait behind a long one are looked for. */
const LOOK_MS = 20;

/** What a {@link JobLine} works with. */
export interface JobLineParts {
  app: Celery;
  options: WorkerOptions;
  pool: () => ChildPool;
  held: HeldJobs;
  rates: RateGate;
  ends: JobEnds;
  events: WorkerEvents;
  log: Pick<Logger, 'debug'>;
  consumer: () => Consumer | undefined;
}

export class JobLine {
  /** Options of tasks, as the children say, and limits that were set since. */
  traits = new Map<string, TaskTraits>();
  readonly limits = new Map<string, { hardMs: number; softMs: number }>();
  #waiting: Job[] = [];
  #look: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(private readonly parts: JobLineParts) {}

  /** Begins to look for jobs that are stuck. */
  start(): void {
    this.#look = setInterval(() => this.#releaseStuck(), LOOK_MS).unref();
  }

  /** Fetches nothing more, and gives back what waits. */
  stop(): void {
    const { consumer, ends, rates } = this.parts;
    this.#stopping = true;
    clearInterval(this.#look);
    consumer()?.setWindow(0);
    ends.giveBack([...this.#waiting, ...rates.held]);
    this.#waiting = [];
  }

  /** Deliveries that may be open: those that run, and ahead of them what short jobs need. */
  get window(): number {
    if (this.#stopping) return 0;
    const { concurrency } = this.parts.pool();
    const { prefetchMultiplier } = this.parts.options;
    const { paceMs } = this.parts.pool();
    const held = this.parts.rates.held.length;
    const usual = prefetchMultiplier === 0 ? MOST_FETCHED : prefetchMultiplier;
    const bundle = paceMs < SHORT_MS && paceMs >= 0 ? Math.ceil(BUNDLE_MS / Math.max(0.05, paceMs)) : 0;
    return concurrency * Math.max(usual, Math.min(MOST_FETCHED, 1 + bundle)) + held;
  }

  /** Before all others. */
  takeFirst(jobs: Job[]): void {
    this.#waiting.unshift(...jobs);
    this.feed();
  }

  deliver(deliveries: Delivery[]): void {
    const nowMs = performance.now();
    for (const delivery of deliveries) {
      const { headers } = delivery.message;
      const job = new Job(delivery, this.traits.get(headers.task) ?? unknownTask(headers.task), nowMs);
      this.parts.held.add(job);
      this.#setLimits(job);
      this.#waiting.push(job);
      this.parts.events.task('task-received', job);
      this.parts.log.debug?.(`Task ${job.name}[${job.id}] received`);
    }
    this.feed();
  }

  #setLimits(job: Job): void {
    const { timelimit } = job.delivery.message.headers;
    const own = this.limits.get(job.name);
    const { timeLimit, softTimeLimit } = job.traits;
    job.hardMs = ms(timelimit?.[0]) ?? own?.hardMs ?? ms(timeLimit) ?? this.parts.options.timeLimitMs ?? 0;
    job.softMs =
      ms(timelimit?.[1]) ?? own?.softMs ?? ms(softTimeLimit) ?? this.parts.options.softTimeLimitMs ?? 0;
    // The hard limit ends it, if there is one.
    job.tidyMs = job.hardMs > 0 ? job.hardMs : this.parts.options.graceMs;
  }

  /** Hands over what children have room for. */
  feed(): void {
    const begun: number[] = [];
    let index = 0;
    while (index < this.#waiting.length && this.parts.pool().hasRoom()) {
      const job = this.#waiting[index] as Job;
      index += 1;
      if (job.over || this.#isRefused(job) || this.#mustWait(job)) continue;
      if (!this.parts.pool().give(job)) {
        index -= 1;
        break;
      }
      if (!job.traits.acksLate && !job.acknowledged) {
        job.acknowledged = true;
        begun.push(job.tag);
      }
      this.#watch(job);
      this.parts.events.task('task-started', job);
    }
    if (index > 0) this.#waiting.splice(0, index);
    if (begun.length > 0) this.parts.consumer()?.acknowledge(begun);
    this.parts.consumer()?.setWindow(this.window);
  }

  #isRefused(job: Job): boolean {
    if (!(job.expiresMs <= this.parts.app.clock.now())) return false;
    this.parts.ends.refuse(job, 'expired');
    return true;
  }

  /** A task whose rate is used up waits, and holds no other task up. */
  #mustWait(job: Job): boolean {
    const delayMs = this.parts.rates.admit(job, performance.now());
    if (delayMs === 0) return false;
    if (delayMs !== undefined) {
      this.parts.ends.forget(job);
      this.parts.consumer()?.postpone(job.tag, delayMs);
    }
    return true;
  }

  #watch(job: Job): void {
    this.parts.held.watch(job, () => {
      job.endReason ??= 'time limit';
      this.parts.pool().childOf(job)?.end('SIGKILL', 0);
    });
  }

  /** They had not begun: another child takes them, before all others. */
  returned(jobs: Job[]): void {
    const live = jobs.filter((job) => !job.over);
    for (const job of live) {
      this.parts.held.unwatch(job);
      job.endReason = undefined;
    }
    if (this.#stopping) this.parts.ends.giveBack(live);
    else this.#waiting.unshift(...live.filter((job) => !job.revoked));
    for (const job of live) if (job.revoked) this.parts.ends.refuse(job, 'revoked');
  }

  /** Jobs that were fetched because those before were short must not wait here behind a long one. */
  #releaseStuck(): void {
    const calledBack = this.parts.pool().callBack(SHORT_MS);
    if (calledBack.length > 0) {
      this.returned(calledBack);
      // Whom they are called back from may compute for long before it answers.
      this.feed();
    }
    const { concurrency } = this.parts.pool();
    const allowed = concurrency * Math.max(0, this.parts.options.prefetchMultiplier - 1);
    if (this.#waiting.length <= allowed || this.parts.pool().hasRoom()) return;
    const nowMs = performance.now();
    const active = this.parts.pool().children.flatMap(({ running }) => running ?? []);
    const areBusy = active.length > 0 && active.every(({ givenMs }) => nowMs - givenMs > SHORT_MS);
    if (!areBusy) return;
    const extra = this.#waiting.splice(allowed);
    this.parts.consumer()?.setWindow(this.window);
    this.parts.ends.giveBack(extra.reverse());
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
