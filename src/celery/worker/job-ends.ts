// What is told of a job when it is over: its end, or why it had none, or that it goes back.

import type { Logger } from '../../log/index.js';
import type { Celery } from '../app.js';
import type { Consumer, Outcome, ResultRecord } from '../broker/broker.js';
import { unpackOutgoing, unpackPart, unpackResult } from '../broker/embedded/packing.js';
import { afterFailure } from '../canvas/follow.js';
import { TaskRevokedError, TimeLimitExceeded, WorkerLostError } from '../errors.js';
import { failureRecord } from '../outcome.js';
import { FAILURE, REVOKED } from '../states.js';
import type { RunEnd } from './child-messages.js';
import type { HeldJobs } from './held-jobs.js';
import type { Job } from './job.js';
import type { RateGate } from './rate-gate.js';
import type { WorkerEvents } from './worker-events.js';

/** What {@link JobEnds} works with. */
export interface JobEndsParts {
  app: Celery;
  held: HeldJobs;
  rates: RateGate;
  events: WorkerEvents;
  log: Pick<Logger, 'info' | 'error' | 'debug'>;
  consumer: () => Consumer | undefined;
  /** A job is here no more. */
  onGone: () => void;
}

export class JobEnds {
  /** How many runs of each task have ended. */
  readonly totals = new Map<string, number>();

  constructor(private readonly parts: JobEndsParts) {}

  /** Its run has ended. */
  ended(job: Job, end: RunEnd): void {
    // A task that tidied up when it was terminated has ended all the same: its child's end says so.
    if (job.endReason === 'terminated') {
      this.refuse(job, 'terminated');
      return;
    }
    this.totals.set(job.name, (this.totals.get(job.name) ?? 0) + 1);
    if (end.status === 'REJECTED' && end.requeue) {
      this.giveBack([job], true);
      return;
    }
    this.parts.events.ended(job, end);
    if (end.status === FAILURE) this.parts.log.error(`Task ${job.name}[${job.id}] raised: ${end.text}`);
    else
      this.parts.log.debug?.(
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
  lost(job: Job, reason: string): void {
    if (job.over) return;
    const { endReason } = job;
    if (endReason === 'terminated') {
      this.refuse(job, 'terminated');
      return;
    }
    const { acksLate, rejectOnWorkerLost } = job.traits;
    if (endReason === 'time limit')
      this.#fail(job, new TimeLimitExceeded(`TimeLimitExceeded(${job.hardMs / 1000},)`));
    else if (acksLate && (rejectOnWorkerLost || endReason === 'cold shutdown')) this.giveBack([job], true);
    else this.#fail(job, new WorkerLostError(`Worker exited prematurely: ${endReason ?? reason}`));
  }

  /** It is not to run, or not to go on. */
  refuse(job: Job, reason: string): void {
    const record = failureRecord(job.id, new TaskRevokedError(reason), 'json', REVOKED);
    this.parts.events.revoked(job, reason);
    this.parts.log.info(`Discarding task ${job.name}[${job.id}]: ${reason}`);
    this.#tellFailure(job, withoutTraceback(record));
  }

  #fail(job: Job, error: Error): void {
    this.parts.log.error(`Task ${job.name}[${job.id}]: ${error.message}`);
    const record = failureRecord(job.id, error, 'json');
    this.parts.events.failed(job, error);
    this.#tellFailure(job, withoutTraceback(record), setAside(job, error.message));
  }

  /** What was to follow it is told too. */
  #tellFailure(job: Job, result: ResultRecord, deadLetter?: string): void {
    this.#tell(job, { result, deadLetter, ...afterFailure(this.parts.app, job.delivery.message, result) });
  }

  #tell(job: Job, outcome: Partial<Outcome>): void {
    if (job.over) return;
    this.forget(job);
    this.parts.consumer()?.end({
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
    this.parts.onGone();
  }

  /** They go back to their queues. */
  giveBack(jobs: Job[], begun = false): void {
    const live = jobs.filter((job) => !job.over);
    for (const job of live) this.forget(job);
    if (live.length > 0)
      this.parts.consumer()?.giveBack(
        live.map(({ tag }) => tag),
        begun,
      );
    this.parts.onGone();
  }

  /** Nothing more is told of it. */
  forget(job: Job): void {
    this.parts.held.forget(job);
    this.parts.rates.drop(job);
  }
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
