// The jobs that are in a worker, and the timers of their hard limits.
import { longTimer, type Timer } from '../../clock/index.js';
import type { Job } from './job.js';

export class HeldJobs {
  readonly #byTag = new Map<number, Job>();
  readonly #timers = new Map<Job, Timer>();

  get size(): number {
    return this.#byTag.size;
  }

  get all(): Job[] {
    return [...this.#byTag.values()];
  }

  get(tag: number): Job | undefined {
    return this.#byTag.get(tag);
  }

  add(job: Job): void {
    this.#byTag.set(job.tag, job);
  }

  /** Nothing more is to be told of it. */
  forget(job: Job): void {
    job.over = true;
    this.unwatch(job);
    this.#byTag.delete(job.tag);
  }

  /** Calls back when the job runs longer than its hard limit, if it has one. */
  watch(job: Job, onLimit: () => void): void {
    if (job.hardMs > 0) this.#timers.set(job, longTimer(job.hardMs, onLimit));
  }

  unwatch(job: Job): void {
    this.#timers.get(job)?.cancel();
    this.#timers.delete(job);
  }
}
