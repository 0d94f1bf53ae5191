// Sequences as tasks of Celery: published, waited for, and revoked.

import { Celery } from '../../src/celery/index.js';
import type { Clock } from '../../src/clock/index.js';
import type { Config } from '../../src/config/index.js';
import { untilArrived } from '../../src/mesh/index.js';

/** The task that runs a sequence; its code is in the workers only. */
const EXECUTE_SEQUENCE = 'observation.tasks.execute_sequence';
/** The highest of Celery's priorities; those of requests are the same numbers. */
const HIGHEST_PRIORITY = 9;

export class SequenceTasks {
  readonly #app: Celery;

  /** @throws CeleryError `CELERY_NOT_CONFIGURED` */
  constructor(config: Config, clock: Clock) {
    this.#app = new Celery('majordome', { config, clock });
  }

  /**
   * Publishes the task of a sequence, unless the broker has it already, and waits until it has ended.
   * @throws TaskRevokedError; what the task threw; the signal's reason
   */
  async run(task: string, sequence: string, priority: number, signal: AbortSignal): Promise<void> {
    const options = { taskId: task, priority: Math.min(HIGHEST_PRIORITY, priority) };
    await untilArrived(() => this.#app.sendTask(EXECUTE_SEQUENCE, [sequence], {}, options), signal);
    await this.#app.AsyncResult(task).get({ signal });
  }

  /** As {@link SequenceTasks.run}, of a task that may have been published, and may have ended. */
  async resume(task: string, sequence: string, priority: number, signal: AbortSignal): Promise<void> {
    const result = this.#app.AsyncResult(task);
    if (await untilArrived(() => result.ready(), signal)) await result.get({ signal });
    else await this.run(task, sequence, priority, signal);
  }

  /** Ends a task, also while it runs. Resolves when that is on the broker's disk. */
  async terminate(task: string, signal: AbortSignal): Promise<void> {
    await untilArrived(() => this.#app.AsyncResult(task).revoke({ terminate: true }), signal);
  }

  close(): void {
    this.#app.close();
  }
}
