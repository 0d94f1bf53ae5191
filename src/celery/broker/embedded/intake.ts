// Calls as they come: what is new is taken in if there is room for it, and answered when it is on disk.
import { CeleryError } from '../../errors.js';
import type { Absences } from './absences.js';
import type { Dispatch } from './dispatch.js';
import type { Journal } from './journal.js';
import type { TaskBrokerLimits } from './limits.js';
import type { LiveTask } from './live-task.js';
import type { PackedTask } from './protocol.js';
import type { LoggedTask, PublishLog } from './publish-log.js';
import type { TaskCourse } from './task-course.js';

/** What an {@link Intake} works with. */
export interface IntakeParts {
  journal: Journal;
  publishLog: PublishLog;
  dispatch: Dispatch;
  course: TaskCourse;
  absences: Pick<Absences, 'size' | 'allBack'>;
  limits: Pick<TaskBrokerLimits, 'maxQueueLength' | 'storeLimitBytes'>;
  /** What tasks and results take. */
  bytes: () => number;
  /** A caller is told the states of a task, those that are there at once. */
  watch: (client: string, ids: string[]) => void;
}

export class Intake {
  constructor(private readonly parts: IntakeParts) {}

  /** Resolves when the tasks are on disk. @throws CeleryError `QUEUE_FULL`, `BROKER_FULL` */
  async publish(client: string, again: boolean, packed: PackedTask[]): Promise<void> {
    const { journal, publishLog, dispatch, course, absences, watch } = this.parts;
    // A worker that is about to come back may have had it already.
    if (again && absences.size > 0) await absences.allBack();
    this.#checkRoom(packed);
    const taken: LiveTask[] = [];
    const logged: LoggedTask[] = [];
    for (const one of packed) {
      const [id] = one;
      if (course.isKnown(one) || (again && course.hasEnded(one))) {
        // Who published it may have died since: whoever publishes it again waits for its states too.
        watch(client, [id]);
        continue;
      }
      const task = course.take(one, client);
      taken.push(task);
      logged.push([task.tag, one]);
    }
    for (const queue of new Set(taken.map((task) => task.queue))) dispatch.pump(queue);
    try {
      // What is there already must be on disk too before it is answered. What is in the database must not come into the
      // log after that: a task that has ended meanwhile would begin again with the next start.
      if (taken.length < packed.length) await journal.written();
      else await publishLog.write(logged);
    } catch (error) {
      for (const task of taken) if (task.place !== 'held' && task.place !== 'gone') course.drop(task);
      const reason = error instanceof Error ? error.message : String(error);
      throw new CeleryError('BROKER_FULL', `the task cannot be written to the disk: ${reason}`, error);
    }
  }

  #checkRoom(packed: PackedTask[]): void {
    const { journal, dispatch, limits } = this.parts;
    const { maxQueueLength, storeLimitBytes } = limits;
    if (journal.failure !== undefined)
      throw new CeleryError('BROKER_FULL', `the broker cannot write: ${String(journal.failure)}`);
    const bytes = this.parts.bytes();
    if (bytes > storeLimitBytes)
      throw new CeleryError(
        'BROKER_FULL',
        `tasks and results take ${bytes} bytes, and store_limit is ${storeLimitBytes}`,
      );
    for (const [, queue] of packed) {
      const length = dispatch.length(queue) ?? 0;
      if (length + packed.length > maxQueueLength)
        throw new CeleryError(
          'QUEUE_FULL',
          `${length} tasks wait in ${queue}, and max_queue_length is ${maxQueueLength}`,
        );
    }
  }
}
