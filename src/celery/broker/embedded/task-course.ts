// What becomes of a task: it is taken in, set aside, given back or ended, and others follow it.
import type { Clock } from '../../../clock/index.js';
import { errorText } from '../../../errors/index.js';
import type { Logger } from '../../../log/index.js';
import { READY_STATES } from '../../states.js';
import type { Aftermath } from './aftermath.js';
import { deliveredTooOften, revokedResult, workerLostResult } from './broker-results.js';
import type { CallerFeeds } from './caller-feeds.js';
import type { Chords } from './chords.js';
import type { DeadLetters } from './dead-letters.js';
import type { Dispatch } from './dispatch.js';
import type { KeptResults } from './kept-results.js';
import type { TaskBrokerLimits } from './limits.js';
import type { LiveTask } from './live-task.js';
import type { LiveTasks } from './live-tasks.js';
import { type PackedSequel, packSequel, unpackMessage, unpackPart, unpackResult } from './packing.js';
import type { PackedOutcome, PackedResult, PackedTask } from './protocol.js';
import type { Revocations } from './revocations.js';
import type { WorkerSession } from './worker-session.js';

/** What a {@link TaskCourse} works with. */
export interface TaskCourseParts {
  tasks: LiveTasks;
  dispatch: Dispatch;
  results: KeptResults;
  feeds: CallerFeeds;
  chords: Chords;
  revocations: Revocations;
  deadLetters: DeadLetters;
  clock: Clock;
  log: Pick<Logger, 'warn'>;
  limits: Pick<TaskBrokerLimits, 'maxDeliveries'>;
  aftermath: Aftermath | undefined;
}

export class TaskCourse {
  /** How those ended whose messages had not come: what follows them is told when they do. */
  readonly #endedUnread = new Map<string, PackedResult>();

  constructor(private readonly parts: TaskCourseParts) {}

  take(packed: PackedTask, client: string, isFollowUp = false): LiveTask {
    const task = this.parts.tasks.add(packed, isFollowUp);
    task.replyTo = task.ignoreResult ? '' : client;
    this.begin(task);
    return task;
  }

  begin(task: LiveTask): void {
    if (this.parts.revocations.has(task.id)) this.settle(task, revokedResult(task.id, 'revoked'));
    else this.parts.dispatch.place(task);
  }

  /** Whether it has come before and lives; it may be that only its message was missing. */
  isKnown(packed: PackedTask): boolean {
    const task = this.parts.tasks.byId.get(packed[0]);
    if (task) this.parts.tasks.complete(task, packed);
    return task !== undefined;
  }

  /** Whether it has come before and has ended; it may be that only its message was missing. */
  hasEnded([id, , , , , , message]: PackedTask): boolean {
    const result = this.#endedUnread.get(id);
    this.#endedUnread.delete(id);
    if (result) this.#failed(message, result, '');
    return this.parts.results.isFinal(id);
  }

  /** As if it had never come. */
  drop(task: LiveTask): void {
    this.parts.dispatch.withdraw(task);
    this.parts.tasks.remove(task);
  }

  /** Ends a task that no worker has. */
  settle(task: LiveTask, result: PackedResult): void {
    const { dispatch, tasks } = this.parts;
    dispatch.withdraw(task);
    const { replyTo } = task;
    const message = tasks.message(task);
    tasks.remove(task);
    this.#keep(result, replyTo);
    if (task.isWhole) this.#failed(message, result, replyTo);
    else this.#endedUnread.set(task.id, result);
  }

  /** Of a task that the worker has. */
  end(session: WorkerSession, outcome: PackedOutcome): void {
    const [tag, id, result, retry, followers, reason, results, parts] = outcome;
    const task = takeFrom(session, tag);
    if (!task) return;
    const { replyTo } = task;
    if (reason !== null) this.#bury(task, reason);
    this.parts.tasks.remove(task);
    const attempt = retry?.[0] === id ? retry : undefined;
    if (task.isOvertaken) {
      if (attempt && !this.isKnown(attempt)) this.hasEnded(attempt);
    } else {
      if (result) this.#keep(result, replyTo);
      else if (task.isFollowUp && !attempt) this.parts.results.putEnded(id);
      if (attempt) this.#follow(attempt, replyTo);
    }
    this.#conclude({ followers: followers ?? [], results: results ?? [], parts: parts ?? [] }, replyTo);
  }

  /** A state on the way to its end. */
  state(state: PackedResult): void {
    const task = this.parts.tasks.byId.get(state[0]);
    if (task && !READY_STATES.has(state[1])) this.#keep(state, task.replyTo);
  }

  /** The worker does not go on with it. */
  returned(session: WorkerSession, tag: number, begun: boolean): void {
    const task = takeFrom(session, tag);
    if (!task) return;
    if (begun) {
      this.#again(task);
      return;
    }
    task.deliveries -= 1;
    this.giveBack(task);
  }

  /** Its task's rate is used up at this worker: anybody may have it, in a while. */
  postpone(session: WorkerSession, tag: number, delayMs: number): void {
    const task = takeFrom(session, tag);
    if (!task) return;
    task.deliveries -= 1;
    this.giveBack(task, () => this.parts.dispatch.postpone(task, delayMs, session));
  }

  /** Its worker has gone. What had begun has failed, unless it may be delivered again. */
  lost(task: LiveTask, node: string): void {
    const { id } = task;
    if (this.parts.revocations.has(id)) this.settle(task, revokedResult(id, 'terminated'));
    else if (task.acknowledged) this.settle(task, workerLostResult(id, node));
    else this.#again(task);
  }

  /** It is nobody's again: back to the head of its queue, unless `place` says otherwise. */
  giveBack(task: LiveTask, place = () => this.parts.dispatch.placeFirst(task)): void {
    const { tasks, revocations } = this.parts;
    if (!task.isWhole) {
      // Whoever has called it, or has ended what it follows, was not answered, and says it again.
      tasks.remove(task);
      return;
    }
    task.worker = '';
    task.acknowledged = false;
    tasks.save(task);
    if (revocations.has(task.id)) this.settle(task, revokedResult(task.id, 'revoked'));
    else place();
  }

  #again(task: LiveTask): void {
    if (task.deliveries >= this.parts.limits.maxDeliveries) this.#tooOften(task);
    else this.giveBack(task);
  }

  /** It may be what ends its workers. */
  #tooOften(task: LiveTask): void {
    const { id, deliveries } = task;
    this.#bury(task, `delivered ${deliveries} times, and each time the worker was lost`);
    this.settle(task, deliveredTooOften(id, deliveries));
  }

  /** What follows the end of a task goes into the transaction of its end. What is known already is not done again. */
  #conclude({ followers, results, parts }: PackedSequel, replyTo: string): void {
    const { chords, aftermath } = this.parts;
    for (const result of results) if (!this.parts.results.isFinal(result[0])) this.#keep(result, replyTo);
    for (const follower of followers)
      if (!this.isKnown(follower) && !this.hasEnded(follower)) this.#follow(follower, replyTo);
    for (const part of parts) {
      const records = chords.add(part);
      if (!records || !aftermath) continue;
      const sequel = aftermath.afterChord(unpackPart(part), records.map(unpackResult));
      this.#conclude(packSequel(sequel), replyTo);
    }
  }

  /** What follows when the broker itself has ended a task. */
  #failed(message: Uint8Array, result: PackedResult, replyTo: string): void {
    const { aftermath, log } = this.parts;
    if (!aftermath) return;
    try {
      const sequel = aftermath.afterFailure(unpackMessage(message), unpackResult(result));
      this.#conclude(packSequel(sequel), replyTo);
    } catch (error) {
      log.warn(`what follows task ${result[0]} cannot be read: ${errorText(error)}`);
    }
  }

  #follow(packed: PackedTask, replyTo: string): void {
    const task = this.take(packed, replyTo, true);
    if (task.place === 'ready') this.parts.dispatch.pump(task.queue);
  }

  #keep(result: PackedResult, replyTo: string): void {
    this.parts.results.put(result);
    this.parts.feeds.tell(result, replyTo, READY_STATES.has(result[1]));
  }

  #bury(task: LiveTask, reason: string): void {
    const { tasks, deadLetters, clock, log } = this.parts;
    const { id, queue } = task;
    deadLetters.add({ timeMs: clock.now(), id, queue, reason, message: tasks.message(task) });
    log.warn(`task ${id} of ${queue} is set aside: ${reason}`);
  }
}

/** The session does not hold it any more. @returns `undefined` when it did not */
function takeFrom(session: WorkerSession, tag: number): LiveTask | undefined {
  const task = session.held.get(tag);
  session.held.delete(tag);
  return task;
}
