// The embedded broker: queues, what is due later, who has which task, and what became of each.
import type { Clock } from '../../../clock/index.js';
import type { Logger } from '../../../log/index.js';
import type { MessageContext } from '../../../mesh/index.js';
import type { Store } from '../../../store/index.js';
import { READY_STATES } from '../../states.js';
import type { QueueInfo } from '../broker.js';
import type { Aftermath } from './aftermath.js';
import { revokedResult, workerLostResult } from './broker-results.js';
import { CallerFeeds } from './caller-feeds.js';
import { Chords } from './chords.js';
import { ControlDesk } from './control-desk.js';
import { DeadLetters } from './dead-letters.js';
import { Dispatch } from './dispatch.js';
import { EventListeners } from './event-listeners.js';
import { Intake, type IntakeParts } from './intake.js';
import { Journal } from './journal.js';
import { KeptResults } from './kept-results.js';
import type { TaskBrokerLimits } from './limits.js';
import { LiveTasks } from './live-tasks.js';
import type { PackedResult, PackedTask } from './protocol.js';
import { PublishLog } from './publish-log.js';
import { QueueView } from './queue-view.js';
import { Revocations } from './revocations.js';
import { TaskCourse, type TaskCourseParts } from './task-course.js';
import { type Attendance, type Report, WorkerDesk, type WorkerDeskParts } from './worker-desk.js';
import type { WorkerSession } from './worker-session.js';

/** Puts the parts together, and is what the agent speaks to. */
export class TaskBroker {
  readonly feeds = new CallerFeeds();
  readonly controls = new ControlDesk();
  readonly journal: Journal;
  readonly results: KeptResults;
  readonly revocations: Revocations;
  readonly deadLetters: DeadLetters;
  readonly #sessions = new Map<string, WorkerSession>();
  readonly #listeners = new EventListeners((wanted) => this.#wantEvents(wanted));
  readonly #log: PublishLog;
  readonly #tasks: LiveTasks;
  readonly #chords: Chords;
  readonly #dispatch: Dispatch;
  readonly #course: TaskCourse;
  readonly #desk: WorkerDesk;
  readonly #intake: Intake;
  readonly #view: QueueView;

  constructor(
    store: Store,
    clock: Clock,
    log: Pick<Logger, 'info' | 'warn'>,
    limits: TaskBrokerLimits,
    aftermath?: Aftermath,
  ) {
    this.journal = new Journal(store);
    this.#tasks = new LiveTasks(store, this.journal);
    this.#log = new PublishLog(store, this.journal);
    this.results = new KeptResults(store, this.journal, clock, limits.resultExpiresMs);
    this.#chords = new Chords(store, this.journal, clock);
    this.revocations = new Revocations(store, this.journal, clock);
    this.deadLetters = new DeadLetters(store, this.journal);
    this.#dispatch = new Dispatch(this.#tasks, this.#sessions, clock, (task) =>
      this.#course.settle(task, revokedResult(task.id, 'expired')),
    );
    const { feeds, controls, journal, results, revocations, deadLetters } = this;
    const kept = { feeds, controls, journal, results, revocations, deadLetters };
    const shared: Shared = { ...kept, tasks: this.#tasks, dispatch: this.#dispatch, clock, log, limits };
    this.#course = new TaskCourse({ ...shared, chords: this.#chords, aftermath });
    this.#desk = new WorkerDesk({
      ...shared,
      store,
      course: this.#course,
      sessions: this.#sessions,
      listeners: this.#listeners,
    });
    this.#intake = new Intake({
      ...shared,
      publishLog: this.#log,
      course: this.#course,
      absences: this.#desk.absences,
      bytes: () => this.#bytes,
      watch: (client, ids) => this.watch(client, ids),
    });
    this.#view = new QueueView(this.#tasks, this.#dispatch, this.#sessions);
    this.#load();
  }

  /** Name of this host, as workers give theirs. */
  set host(name: string) {
    this.#desk.absences.host = name;
  }

  /** Takes tasks in; resolves when they are on disk. @throws CeleryError `QUEUE_FULL`, `BROKER_FULL` */
  publish(client: string, again: boolean, tasks: PackedTask[]): Promise<void> {
    return this.#intake.publish(client, again, tasks);
  }

  /** A worker takes part until its connection ends. */
  attend(attendance: Attendance, context: MessageContext): Promise<void> {
    return this.#desk.attend(attendance, context);
  }

  /** @throws CeleryError `WORKER_UNKNOWN` when the worker has been given up: it must attend again */
  report(report: Report): Promise<void> {
    return this.#desk.report(report);
  }

  /** Resolves when it is on disk. */
  revoke(ids: string[], terminate: boolean, signal: string): Promise<void> {
    for (const id of ids) {
      this.revocations.add(id, terminate, signal);
      const task = this.#tasks.byId.get(id);
      if (!task) continue;
      if (task.place === 'held')
        this.#sessions.get(task.worker)?.send({ revoke: { ids: [id], terminate, signal } });
      else this.#course.settle(task, revokedResult(id, 'revoked'));
    }
    return this.journal.written();
  }

  forget(ids: string[]): Promise<void> {
    for (const id of ids) this.results.forget(id);
    return this.journal.written();
  }

  /** Keeps what is no task's state. */
  save(result: PackedResult): Promise<void> {
    this.results.put(result);
    return this.journal.written();
  }

  /** A caller waits for states of tasks: those that are there are told at once. */
  watch(client: string, ids: string[]): void {
    for (const id of ids) {
      const result = this.results.get(id);
      if (result) this.feeds.tellOne(client, result);
      if (!result || !READY_STATES.has(result[1])) this.feeds.watch(client, id);
    }
  }

  /** Events of workers, until the listener goes. */
  events(context: MessageContext): Promise<void> {
    return this.#listeners.add(context);
  }

  control(command: Parameters<ControlDesk['ask']>[0], context: MessageContext) {
    return this.controls.ask(command, this.#sessions.values(), context);
  }

  queues(): QueueInfo[] {
    return this.#view.queues();
  }

  /** Tasks that wait for their time: when, and their messages. */
  scheduled(queues: string[], limit: number): [etaMs: number, message: Uint8Array][] {
    return this.#view.scheduled(queues, limit);
  }

  /** Drops what is ready in a queue. */
  async purge(name: string): Promise<number> {
    const count = this.#dispatch.purge(name);
    await this.journal.written();
    return count;
  }

  status(): Record<string, unknown> {
    return {
      tasks: this.#tasks.byTag.size,
      scheduled: this.#dispatch.scheduled,
      results: this.results.count,
      revoked: this.revocations.ids.length,
      deadLetters: this.deadLetters.count,
      chords: this.#chords.count,
      bytes: this.#bytes,
      workers: this.#view.workers(),
      callers: this.feeds.size,
    };
  }

  async close(): Promise<void> {
    this.#desk.stop();
    this.#dispatch.stop();
    this.results.stop();
    this.revocations.stop();
    await this.journal.close();
    this.#log.close();
  }

  #load(): void {
    this.#desk.load();
    for (const task of this.#tasks.load()) {
      const session = this.#sessions.get(task.worker);
      if (session) session.hold(task);
      else if (task.worker && task.acknowledged)
        this.#course.settle(task, workerLostResult(task.id, task.worker));
      else this.#dispatch.place(task);
    }
    for (const [tag, packed] of this.#log.load()) {
      if (!this.#tasks.byTag.has(tag)) this.#course.begin(this.#tasks.add(packed, false, tag));
    }
    this.#desk.gather();
  }

  get #bytes(): number {
    return this.#tasks.bytes + this.results.bytes + this.#chords.bytes;
  }

  #wantEvents(events: boolean): void {
    for (const session of this.#sessions.values()) session.send({ events });
  }
}

/** What all parts may need. */
type Shared = Omit<TaskCourseParts, 'chords' | 'aftermath'> &
  Omit<WorkerDeskParts, 'store' | 'course' | 'sessions' | 'listeners'> &
  Pick<IntakeParts, 'limits'>;
