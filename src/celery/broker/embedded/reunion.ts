// A worker that is (again) here says what it holds; the broker's own knowledge and that must agree.
import type { Dispatch } from './dispatch.js';
import type { KeptResults } from './kept-results.js';
import type { LiveTask } from './live-task.js';
import type { LiveTasks } from './live-tasks.js';
import type { Revocations } from './revocations.js';
import type { TaskCourse } from './task-course.js';
import type { WorkerSession } from './worker-session.js';

/** What a {@link Reunion} works with. */
export interface ReunionParts {
  tasks: LiveTasks;
  dispatch: Dispatch;
  course: TaskCourse;
  results: KeptResults;
  revocations: Revocations;
}

export class Reunion {
  constructor(private readonly parts: ReunionParts) {}

  /** @param isKnown - whether the worker took part before, and was not given up since */
  reconcile(
    session: WorkerSession,
    held: [tag: number, id: string, begun: boolean][],
    isKnown: boolean,
  ): void {
    const { course, revocations } = this.parts;
    const lost: number[] = [];
    const said = new Map(held.map(([tag, id, begun]) => [tag, { id, begun }]));
    for (const [tag, { id, begun }] of said) {
      const task = session.held.get(tag) ?? this.#claimed(session, tag, id, isKnown);
      if (!task) lost.push(tag);
      else if (begun && !task.acknowledged) {
        task.acknowledged = true;
        this.parts.tasks.save(task);
      }
    }
    // What was on the way to it when the connection ended has not come to it.
    for (const [tag, task] of [...session.held].reverse()) {
      if (said.has(tag)) continue;
      session.held.delete(tag);
      course.giveBack(task);
    }
    if (lost.length > 0) session.send({ lost });
    for (const { id } of [...session.held.values()]) {
      const revoked = revocations.get(id);
      if (revoked) session.send({ revoke: { ids: [id], terminate: revoked[1], signal: revoked[2] } });
    }
  }

  /**
   * A task that the worker has, though the disk did not know yet when the broker ended. Whether it had begun does not
   * matter: it may have begun since the worker said so.
   */
  #claimed(session: WorkerSession, tag: number, id: string, isKnown: boolean): LiveTask | undefined {
    const { tasks, dispatch, results } = this.parts;
    // It may have come again by another tag: from the worker whose task it follows, which was told nothing yet.
    const known = tasks.byTag.get(tag) ?? tasks.byId.get(id);
    // Or it may have been sent back for a while, which the worker has not heard to be known.
    if (known?.id === id && (known.place === 'ready' || known.place === 'postponed')) {
      dispatch.queue(known.queue).take(known);
      known.deliveries = Math.max(1, known.deliveries);
      return this.#hold(session, known, tag);
    }
    // A later attempt than that which is known, whose end was not on disk either.
    const isLater = known?.id === id && known.place === 'held' && known.tag < tag;
    const isSettled = known ? !isLater : results.isFinal(id);
    if (isSettled || !isKnown || !tasks.isOfBefore(tag)) return undefined;
    return this.#hold(session, tasks.adopt(tag, id), tag);
  }

  #hold(session: WorkerSession, task: LiveTask, tag: number): LiveTask {
    const { tasks } = this.parts;
    task.worker = session.id;
    session.hold(task, tag);
    tasks.save(task);
    return task;
  }
}
