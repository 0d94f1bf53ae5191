// The workers: who takes part, what they report, and what becomes of their tasks when they go.
import type { Logger } from '../../../log/index.js';
import type { MessageContext } from '../../../mesh/index.js';
import type { Store, Table } from '../../../store/index.js';
import { CeleryError } from '../../errors.js';
import { Absences } from './absences.js';
import { workerLostResult } from './broker-results.js';
import type { ControlDesk } from './control-desk.js';
import type { Dispatch } from './dispatch.js';
import type { EventListeners } from './event-listeners.js';
import type { Journal } from './journal.js';
import type { KeptResults } from './kept-results.js';
import type { TaskBrokerLimits } from './limits.js';
import type { LiveTasks } from './live-tasks.js';
import type { PackedOutcome, PackedResult } from './protocol.js';
import { Reunion } from './reunion.js';
import type { Revocations } from './revocations.js';
import type { TaskCourse } from './task-course.js';
import { type SessionRow, WorkerSession } from './worker-session.js';

/** A worker that takes part. */
export interface Attendance extends SessionRow {
  session: string;
  queues: string[];
  window: number;
  held: [tag: number, id: string, begun: boolean][];
}

/** What a worker reports. */
export interface Report {
  session: string;
  window: number;
  queues?: string[] | undefined;
  begun?: number[] | undefined;
  ended?: PackedOutcome[] | undefined;
  returned?: number[] | undefined;
  again?: number[] | undefined;
  later?: [tag: number, delayMs: number][] | undefined;
  states?: PackedResult[] | undefined;
  events?: Record<string, unknown>[] | undefined;
  leave?: boolean | undefined;
}

/** What a {@link WorkerDesk} works with. */
export interface WorkerDeskParts {
  store: Store;
  journal: Journal;
  tasks: LiveTasks;
  dispatch: Dispatch;
  course: TaskCourse;
  results: KeptResults;
  revocations: Revocations;
  /** The sessions by id, which {@link Dispatch} reads. */
  sessions: Map<string, WorkerSession>;
  log: Pick<Logger, 'info' | 'warn'>;
  limits: Pick<TaskBrokerLimits, 'workerPatienceMs'>;
  controls: Pick<ControlDesk, 'gone'>;
  listeners: EventListeners;
}

/** How long a broker that has started waits for the workers of before; those of this host are seen to have ended. */
const GATHERING_MS = 3_000;
/** A worker reports at least this often; one that is silent for so long has hung or is beyond a dead line. */
const SILENT_MS = 30_000;

export class WorkerDesk {
  readonly absences: Absences;
  readonly #rows: Table<string, SessionRow>;
  readonly #reunion: Reunion;
  readonly #watch: NodeJS.Timeout;
  /** Workers from before the start may have tasks that the disk does not know to be theirs: nothing is handed out yet. */
  #gathering: NodeJS.Timeout | undefined;

  constructor(private readonly parts: WorkerDeskParts) {
    const { store, sessions, limits } = parts;
    this.#rows = store.table('sessions');
    this.#reunion = new Reunion(parts);
    this.absences = new Absences(
      sessions,
      limits.workerPatienceMs,
      (session) => this.#lost(session),
      () => this.#gathered(),
    );
    this.#watch = setInterval(() => this.#dropSilent(), SILENT_MS / 4).unref();
  }

  /** Reads who took part before the broker ended. */
  load(): void {
    for (const { key, value } of this.#rows.entries()) {
      const session = new WorkerSession(key, value);
      this.parts.sessions.set(key, session);
      this.absences.add(session);
    }
  }

  /** Waits for those who took part before. */
  gather(): void {
    if (this.absences.size === 0) return;
    this.parts.dispatch.pause();
    this.#gathering = setTimeout(() => this.#gathered(), GATHERING_MS).unref();
    this.absences.look();
  }

  /** A worker takes part until its connection ends. */
  async attend(attendance: Attendance, context: MessageContext): Promise<void> {
    const { session: id, node, pid, startTime, host, queues, window, held } = attendance;
    const { sessions, journal, dispatch, listeners, log } = this.parts;
    const row = { node, pid, startTime, host };
    journal.put(this.#rows, id, row);
    const isKnown = sessions.has(id);
    // A broker that is killed must know afterwards for whom to wait. A full disk keeps nobody from working.
    if (!isKnown) await journal.written().catch(() => undefined);
    const session = sessions.get(id) ?? new WorkerSession(id, row);
    sessions.set(id, session);
    this.absences.remove(id);
    session.connect(context);
    this.#reunion.reconcile(session, held, isKnown);
    this.absences.check();
    this.#changeQueues(session, queues);
    session.window = window;
    if (listeners.wanted) session.send({ events: true });
    dispatch.pumpSession(session);
    log.info(`worker ${node} takes tasks of ${queues.join(', ')}`);
    return new Promise((resolve) => {
      const gone = () => {
        if (session.disconnect(context) && sessions.get(id) === session) this.#away(session);
        resolve();
      };
      session.dismiss();
      session.dismiss = gone;
      if (context.signal.aborted) gone();
      else context.signal.addEventListener('abort', gone, { once: true });
    });
  }

  /** @throws CeleryError `WORKER_UNKNOWN` when the worker has been given up: it must attend again */
  report(report: Report): Promise<void> {
    const { sessions, course, dispatch, journal, listeners } = this.parts;
    const session = sessions.get(report.session);
    if (!session?.present)
      throw new CeleryError('WORKER_UNKNOWN', `the broker does not know session ${report.session}`);
    session.lastHeardMs = performance.now();
    session.window = report.window;
    if (report.queues) this.#changeQueues(session, report.queues);
    for (const tag of report.begun ?? []) this.#begun(session, tag);
    for (const state of report.states ?? []) course.state(state);
    for (const outcome of report.ended ?? []) course.end(session, outcome);
    for (const tag of report.returned ?? []) course.returned(session, tag, false);
    for (const tag of report.again ?? []) course.returned(session, tag, true);
    for (const [tag, delayMs] of report.later ?? []) course.postpone(session, tag, delayMs);
    if (report.events && report.events.length > 0) listeners.tell(report.events);
    if (report.leave) this.#leave(session);
    else dispatch.pumpSession(session);
    return journal.written(false);
  }

  stop(): void {
    clearInterval(this.#watch);
    clearTimeout(this.#gathering);
    this.absences.stop();
  }

  #gathered(): void {
    if (!this.#gathering) return;
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.parts.dispatch.resume();
  }

  #begun(session: WorkerSession, tag: number): void {
    const task = session.held.get(tag);
    if (!task) return;
    task.acknowledged = true;
    this.parts.tasks.save(task);
  }

  #changeQueues(session: WorkerSession, queues: string[]): void {
    session.queues = queues;
    for (const name of queues) this.parts.dispatch.queue(name);
  }

  #away(session: WorkerSession): void {
    this.parts.controls.gone(session.row.node);
    this.absences.add(session);
    this.absences.look();
  }

  /** A worker that hangs, or that no line leads to any more. */
  #dropSilent(): void {
    const nowMs = performance.now();
    for (const session of this.parts.sessions.values()) {
      if (session.present && nowMs - session.lastHeardMs > SILENT_MS) this.#lost(session);
    }
  }

  #lost(session: WorkerSession): void {
    const { node } = session.row;
    this.parts.log.warn(`worker ${node} was lost with ${session.held.size} tasks`);
    this.#forget(session);
    for (const task of [...session.held.values()].reverse()) this.parts.course.lost(task, node);
    session.held.clear();
  }

  #leave(session: WorkerSession): void {
    const { course } = this.parts;
    this.#forget(session);
    for (const task of [...session.held.values()].reverse()) {
      if (task.acknowledged) course.settle(task, workerLostResult(task.id, session.row.node));
      else course.giveBack(task);
    }
    session.held.clear();
  }

  #forget(session: WorkerSession): void {
    this.parts.sessions.delete(session.id);
    session.dismiss();
    this.parts.journal.remove(this.#rows, session.id);
    session.window = 0;
  }
}
