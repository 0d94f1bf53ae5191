// The embedded broker: queues, what is due later, who has which task, and what became of each.
import type { Clock } from '../../../clock/index.js';
import { errorText } from '../../../errors/index.js';
import type { Logger } from '../../../log/index.js';
import type { MessageContext } from '../../../mesh/index.js';
import type { Store, Table } from '../../../store/index.js';
import type { Sequel } from '../../canvas/follow.js';
import { CeleryError } from '../../errors.js';
import type { TaskMessage } from '../../message.js';
import { READY_STATES } from '../../states.js';
import type { ChordPart, QueueInfo, ResultRecord } from '../broker.js';
import { deliveredTooOften, revokedResult, workerLostResult } from './broker-results.js';
import { CallerFeeds } from './caller-feeds.js';
import { Chords } from './chords.js';
import { ControlDesk } from './control-desk.js';
import { DeadLetters } from './dead-letters.js';
import { DueTimes } from './due-times.js';
import { Journal } from './journal.js';
import { KeptResults } from './kept-results.js';
import type { LiveTask } from './live-task.js';
import { LiveTasks } from './live-tasks.js';
import { packOutgoing, packPart, packResult, unpackMessage, unpackPart, unpackResult } from './packing.js';
import { hasEnded } from './process-life.js';
import type { PackedOutcome, PackedPart, PackedResult, PackedTask } from './protocol.js';
import { type LoggedTask, PublishLog } from './publish-log.js';
import { ReadyQueue } from './ready-queue.js';
import { Revocations } from './revocations.js';
import { type SessionRow, WorkerSession } from './worker-session.js';

/** What bounds the broker. */
export interface TaskBrokerLimits {
  maxQueueLength: number;
  storeLimitBytes: number;
  maxDeliveries: number;
  workerPatienceMs: number;
  resultExpiresMs: number;
}

/** What the broker cannot know, for it does not read messages: what follows when a task ends without its worker. */
export interface Aftermath {
  afterFailure(message: TaskMessage, record: ResultRecord): Sequel;
  afterChord(last: ChordPart, records: ResultRecord[]): Sequel;
}

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
  states?: PackedResult[] | undefined;
  events?: Record<string, unknown>[] | undefined;
  leave?: boolean | undefined;
}

/** How long a broker that has started waits for the workers of before; those of this host are seen to have ended. */
const GATHERING_MS = 3_000;
/** How often absent workers are looked at. */
const LOOK_MS = 10;
/** A worker reports at least this often; one that is silent for so long has hung or is beyond a dead line. */
const SILENT_MS = 30_000;

export class TaskBroker {
  readonly feeds = new CallerFeeds();
  readonly controls = new ControlDesk();
  readonly revocations: Revocations;
  readonly deadLetters: DeadLetters;
  readonly results: KeptResults;
  readonly #chords: Chords;
  readonly journal: Journal;
  readonly #tasks: LiveTasks;
  readonly #log: PublishLog;
  readonly #queues = new Map<string, ReadyQueue>();
  readonly #sessions = new Map<string, WorkerSession>();
  readonly #sessionRows: Table<string, SessionRow>;
  readonly #due: DueTimes<LiveTask>;
  readonly #expiries: DueTimes<LiveTask>;
  readonly #listeners = new Set<MessageContext>();
  /** Workers that are away: since when. */
  readonly #absent = new Map<string, number>();
  #looks: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #whenAllBack: (() => void)[] = [];
  /** Workers from before the start may have tasks that the disk does not know to be theirs: nothing is handed out yet. */
  #gathering: NodeJS.Timeout | undefined;
  #scheduled = 0;

  constructor(
    store: Store,
    private readonly clock: Clock,
    private readonly log: Pick<Logger, 'info' | 'warn'>,
    private readonly limits: TaskBrokerLimits,
    private readonly aftermath?: Aftermath,
  ) {
    this.journal = new Journal(store);
    this.#tasks = new LiveTasks(store, this.journal);
    this.#log = new PublishLog(store, this.journal);
    this.results = new KeptResults(store, this.journal, clock, limits.resultExpiresMs);
    this.#chords = new Chords(store, this.journal, clock);
    this.revocations = new Revocations(store, this.journal, clock);
    this.deadLetters = new DeadLetters(store, this.journal);
    this.#sessionRows = store.table('sessions');
    this.#due = new DueTimes(clock, (task) => this.#isDue(task));
    this.#expiries = new DueTimes(clock, (task) => this.#expire(task));
    this.#load();
    this.#watch = setInterval(() => this.#dropSilent(), SILENT_MS / 4).unref();
  }

  /** Takes tasks in; resolves when they are on disk. @throws CeleryError `QUEUE_FULL`, `BROKER_FULL` */
  async publish(client: string, again: boolean, tasks: PackedTask[]): Promise<void> {
    // A worker that is about to come back may have had it already.
    if (again && this.#absent.size > 0) await new Promise<void>((resolve) => this.#whenAllBack.push(resolve));
    this.#checkRoom(tasks);
    const taken: LiveTask[] = [];
    const logged: LoggedTask[] = [];
    for (const packed of tasks) {
      const [id] = packed;
      const known = this.#tasks.byId.get(id);
      if (known) this.#tasks.complete(known, packed);
      if (known || (again && this.results.isFinal(id))) {
        // Who published it may have died since: whoever publishes it again waits for its states too.
        this.watch(client, [id]);
        continue;
      }
      const task = this.#take(packed, client);
      taken.push(task);
      logged.push([task.tag, packed]);
    }
    for (const queue of new Set(taken.map((task) => task.queue))) this.#pump(queue);
    try {
      // What is there already must be on disk too before it is answered.
      if (taken.length < tasks.length) await this.journal.written();
      await this.#log.write(logged);
    } catch (error) {
      for (const task of taken) if (task.place !== 'held' && task.place !== 'gone') this.#drop(task);
      const reason = error instanceof Error ? error.message : String(error);
      throw new CeleryError('BROKER_FULL', `the task cannot be written to the disk: ${reason}`, error);
    }
  }

  /** A worker takes part until its connection ends. */
  attend(attendance: Attendance, context: MessageContext): Promise<void> {
    const { session: id, node, pid, startTime, host, queues, window, held } = attendance;
    const row = { node, pid, startTime, host };
    const session = this.#sessions.get(id) ?? new WorkerSession(id, row);
    this.#sessions.set(id, session);
    this.#absent.delete(id);
    this.journal.put(this.#sessionRows, id, row);
    session.connect(context);
    this.#reconcile(session, held);
    this.#checkAllBack();
    session.queues = queues;
    session.window = window;
    for (const name of queues) this.#queue(name);
    if (this.#listeners.size > 0) session.send({ events: true });
    this.#pumpSession(session);
    this.log.info(`worker ${node} takes tasks of ${queues.join(', ')}`);
    return new Promise((resolve) => {
      const gone = () => {
        if (session.disconnect(context) && this.#sessions.get(id) === session) this.#away(session);
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
    const session = this.#sessions.get(report.session);
    if (!session?.present)
      throw new CeleryError('WORKER_UNKNOWN', `the broker does not know session ${report.session}`);
    session.lastHeardMs = performance.now();
    session.window = report.window;
    if (report.queues) this.#changeQueues(session, report.queues);
    for (const tag of report.begun ?? []) this.#begun(session, tag);
    for (const state of report.states ?? []) this.#state(state);
    for (const outcome of report.ended ?? []) this.#ended(session, outcome);
    for (const tag of report.returned ?? []) this.#returned(session, tag, false);
    for (const tag of report.again ?? []) this.#returned(session, tag, true);
    if (report.events && report.events.length > 0) this.#tellEvents(report.events);
    if (report.leave) this.#leave(session);
    else this.#pumpSession(session);
    return this.journal.written(false);
  }

  /** Resolves when it is on disk. */
  revoke(ids: string[], terminate: boolean, signal: string): Promise<void> {
    for (const id of ids) {
      this.revocations.add(id, terminate, signal);
      const task = this.#tasks.byId.get(id);
      if (!task) continue;
      if (task.place === 'held')
        this.#sessions.get(task.worker)?.send({ revoke: { ids: [id], terminate, signal } });
      else this.#settle(task, revokedResult(id, 'revoked'));
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
    this.#listeners.add(context);
    context.progress([]);
    if (this.#listeners.size === 1) this.#wantEvents(true);
    return new Promise((resolve) => {
      context.signal.addEventListener(
        'abort',
        () => {
          this.#listeners.delete(context);
          if (this.#listeners.size === 0) this.#wantEvents(false);
          resolve();
        },
        { once: true },
      );
    });
  }

  control(command: Parameters<ControlDesk['ask']>[0], context: MessageContext) {
    return this.controls.ask(command, this.#sessions.values(), context);
  }

  queues(): QueueInfo[] {
    const counts = new Map<string, { scheduled: number; held: number }>();
    for (const task of this.#tasks.byTag.values()) {
      const count = counts.get(task.queue) ?? { scheduled: 0, held: 0 };
      counts.set(task.queue, count);
      if (task.place === 'scheduled') count.scheduled += 1;
      if (task.place === 'held') count.held += 1;
    }
    for (const name of counts.keys()) if (name !== '') this.#queue(name);
    return [...this.#queues].map(([name, queue]) => ({
      name,
      ready: queue.length,
      scheduled: counts.get(name)?.scheduled ?? 0,
      held: counts.get(name)?.held ?? 0,
      consumers: [...this.#sessions.values()]
        .filter((session) => session.present && session.queues.includes(name))
        .map(({ row }) => row.node),
    }));
  }

  /** Tasks that wait for their time: when, and their messages. */
  scheduled(queues: string[], limit: number): [etaMs: number, message: Uint8Array][] {
    const waiting = [...this.#tasks.byTag.values()].filter(
      ({ place, queue }) => place === 'scheduled' && queues.includes(queue),
    );
    waiting.sort((a, b) => a.etaMs - b.etaMs);
    return waiting.slice(0, limit).map((task) => [task.etaMs, this.#tasks.message(task)]);
  }

  /** Drops what is ready in a queue. */
  async purge(name: string): Promise<number> {
    const queue = this.#queues.get(name);
    let count = 0;
    for (let task = queue?.shift(); task; task = queue?.shift()) {
      this.#tasks.remove(task);
      count += 1;
    }
    await this.journal.written();
    return count;
  }

  status(): Record<string, unknown> {
    return {
      tasks: this.#tasks.byTag.size,
      scheduled: this.#scheduled,
      results: this.results.count,
      revoked: this.revocations.ids.length,
      deadLetters: this.deadLetters.count,
      chords: this.#chords.count,
      bytes: this.#bytes,
      workers: [...this.#sessions.values()].map(({ row, present, held }) => ({
        node: row.node,
        present,
        held: held.size,
      })),
      callers: this.feeds.size,
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#looks);
    clearInterval(this.#watch);
    clearTimeout(this.#gathering);
    this.#due.stop();
    this.#expiries.stop();
    this.results.stop();
    this.revocations.stop();
    await this.journal.close();
    this.#log.close();
  }

  #load(): void {
    for (const { key, value } of this.#sessionRows.entries()) {
      this.#sessions.set(key, new WorkerSession(key, value));
      this.#absent.set(key, performance.now());
    }
    for (const task of this.#tasks.load()) {
      const session = this.#sessions.get(task.worker);
      if (session) this.#hold(session, task);
      else if (task.worker && task.acknowledged) this.#settle(task, workerLostResult(task.id, task.worker));
      else this.#place(task);
    }
    for (const [tag, packed] of this.#log.load()) {
      if (!this.#tasks.byTag.has(tag)) this.#begin(this.#tasks.add(packed, tag));
    }
    if (this.#absent.size === 0) return;
    this.#gathering = setTimeout(() => this.#gathered(), GATHERING_MS).unref();
    this.#lookForAbsent();
  }

  #gathered(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    for (const name of this.#queues.keys()) this.#pump(name);
  }

  #checkRoom(tasks: PackedTask[]): void {
    const { maxQueueLength, storeLimitBytes } = this.limits;
    if (this.journal.failure !== undefined)
      throw new CeleryError('BROKER_FULL', `the broker cannot write: ${String(this.journal.failure)}`);
    const bytes = this.#bytes;
    if (bytes > storeLimitBytes)
      throw new CeleryError(
        'BROKER_FULL',
        `tasks and results take ${bytes} bytes, and store_limit is ${storeLimitBytes}`,
      );
    for (const [, queue] of tasks) {
      const length = this.#queues.get(queue)?.length ?? 0;
      if (length + tasks.length > maxQueueLength)
        throw new CeleryError(
          'QUEUE_FULL',
          `${length} tasks wait in ${queue}, and max_queue_length is ${maxQueueLength}`,
        );
    }
  }

  get #bytes(): number {
    return this.#tasks.bytes + this.results.bytes + this.#chords.bytes;
  }

  #take(packed: PackedTask, client: string): LiveTask {
    const task = this.#tasks.add(packed);
    task.replyTo = task.ignoreResult ? '' : client;
    this.#begin(task);
    return task;
  }

  #begin(task: LiveTask): void {
    if (this.revocations.has(task.id)) this.#settle(task, revokedResult(task.id, 'revoked'));
    else this.#place(task);
  }

  /** Into its queue, or to where it waits for its time. */
  #place(task: LiveTask): void {
    task.worker = '';
    if (task.expiresMs > 0 && task.deliveries === 0) this.#expiries.add(task.expiresMs, task);
    if (task.etaMs > this.clock.now()) {
      task.place = 'scheduled';
      this.#scheduled += 1;
      this.#due.add(task.etaMs, task);
    } else this.#queue(task.queue).push(task);
  }

  #queue(name: string): ReadyQueue {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = new ReadyQueue();
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #isDue(task: LiveTask): void {
    if (task.place !== 'scheduled') return;
    this.#scheduled -= 1;
    this.#queue(task.queue).push(task);
    this.#pump(task.queue);
  }

  #expire(task: LiveTask): void {
    if (task.place === 'ready' || task.place === 'scheduled')
      this.#settle(task, revokedResult(task.id, 'expired'));
  }

  /** Gives tasks of a queue to those who take them, one each in turn. */
  #pump(name: string): void {
    const queue = this.#queue(name);
    if (this.#gathering) return;
    let takers = [...this.#sessions.values()].filter((one) => one.room > 0 && one.queues.includes(name));
    while (queue.length > 0 && takers.length > 0) {
      for (const session of takers) this.#give(session, queue);
      takers = takers.filter((one) => one.room > 0);
    }
  }

  /** Gives a worker what it has room for, of its queues in turn. */
  #pumpSession(session: WorkerSession): void {
    let idle = this.#gathering ? Number.POSITIVE_INFINITY : 0;
    while (session.room > 0 && idle < session.queues.length) {
      const name = session.queues[session.turn % session.queues.length] ?? '';
      session.turn = (session.turn + 1) % session.queues.length;
      idle = this.#give(session, this.#queue(name)) ? 0 : idle + 1;
    }
  }

  #give(session: WorkerSession, queue: ReadyQueue): boolean {
    if (session.room <= 0) return false;
    const task = queue.shift();
    if (!task) return false;
    const redelivered = task.deliveries > 0;
    task.worker = session.id;
    task.deliveries += 1;
    this.#hold(session, task);
    this.#tasks.save(task);
    session.deliver([task.tag, task.id, task.queue, task.priority, redelivered, this.#tasks.message(task)]);
    return true;
  }

  #hold(session: WorkerSession, task: LiveTask, tag = task.tag): void {
    task.place = 'held';
    session.held.set(tag, task);
  }

  #begun(session: WorkerSession, tag: number): void {
    const task = session.held.get(tag);
    if (!task) return;
    task.acknowledged = true;
    this.#tasks.save(task);
  }

  #ended(session: WorkerSession, outcome: PackedOutcome): void {
    const [tag, id, result, retry, followers, reason, results, parts] = outcome;
    const task = session.held.get(tag);
    if (!task) return;
    session.held.delete(tag);
    const { replyTo } = task;
    if (reason !== null) this.#bury(task, reason);
    this.#tasks.remove(task);
    if (result) this.#keep(result, replyTo);
    if (retry && retry[0] === id) this.#follow(retry, replyTo);
    this.#conclude({ followers: followers ?? [], results: results ?? [], parts: parts ?? [] }, replyTo);
  }

  /** What follows the end of a task goes into the transaction of its end. What is known already is not done again. */
  #conclude({ followers, results, parts }: PackedSequel, replyTo: string): void {
    for (const result of results) if (!this.results.isFinal(result[0])) this.#keep(result, replyTo);
    for (const follower of followers) {
      const [id] = follower;
      const known = this.#tasks.byId.get(id);
      if (known) this.#tasks.complete(known, follower);
      else if (!this.results.isFinal(id)) this.#follow(follower, replyTo);
    }
    for (const part of parts) {
      const records = this.#chords.add(part);
      if (!records || !this.aftermath) continue;
      const sequel = this.aftermath.afterChord(unpackPart(part), records.map(unpackResult));
      this.#conclude(packSequel(sequel), replyTo);
    }
  }

  /** What follows when the broker itself has ended a task. */
  #failed(message: Uint8Array, result: PackedResult, replyTo: string): void {
    // One that only its worker knew has no message.
    if (message.length === 0 || !this.aftermath) return;
    try {
      const sequel = this.aftermath.afterFailure(unpackMessage(message), unpackResult(result));
      this.#conclude(packSequel(sequel), replyTo);
    } catch (error) {
      this.log.warn(`what follows task ${result[0]} cannot be read: ${errorText(error)}`);
    }
  }

  #follow(packed: PackedTask, replyTo: string): void {
    const task = this.#take(packed, replyTo);
    if (task.place === 'ready') this.#pump(task.queue);
  }

  #returned(session: WorkerSession, tag: number, begun: boolean): void {
    const task = session.held.get(tag);
    if (!task) return;
    session.held.delete(tag);
    if (!begun) task.deliveries -= 1;
    if (begun && task.deliveries >= this.limits.maxDeliveries) this.#tooOften(task);
    else this.#giveBack(task);
  }

  /** Back to the head of its queue. */
  #giveBack(task: LiveTask): void {
    task.worker = '';
    task.acknowledged = false;
    this.#tasks.save(task);
    if (this.revocations.has(task.id)) this.#settle(task, revokedResult(task.id, 'revoked'));
    else {
      this.#queue(task.queue).pushFront(task);
      this.#pump(task.queue);
    }
  }

  #state(state: PackedResult): void {
    const task = this.#tasks.byId.get(state[0]);
    if (task && !READY_STATES.has(state[1])) this.#keep(state, task.replyTo);
  }

  /** Ends a task that no worker has. */
  #settle(task: LiveTask, result: PackedResult): void {
    if (task.place === 'ready') this.#queue(task.queue).drop(task);
    if (task.place === 'scheduled') this.#scheduled -= 1;
    const { replyTo } = task;
    const message = this.#tasks.message(task);
    this.#tasks.remove(task);
    this.#keep(result, replyTo);
    this.#failed(message, result, replyTo);
  }

  /** As if it had never come. */
  #drop(task: LiveTask): void {
    if (task.place === 'ready') this.#queue(task.queue).drop(task);
    if (task.place === 'scheduled') this.#scheduled -= 1;
    this.#tasks.remove(task);
  }

  #keep(result: PackedResult, replyTo: string): void {
    this.results.put(result);
    this.feeds.tell(result, replyTo, READY_STATES.has(result[1]));
  }

  #bury(task: LiveTask, reason: string): void {
    const { id, queue } = task;
    this.deadLetters.add({ timeMs: this.clock.now(), id, queue, reason, message: this.#tasks.message(task) });
    this.log.warn(`task ${id} of ${queue} is set aside: ${reason}`);
  }

  /** It may be what ends its workers. */
  #tooOften(task: LiveTask): void {
    const { id, deliveries } = task;
    this.#bury(task, `delivered ${deliveries} times, and each time the worker was lost`);
    this.#settle(task, deliveredTooOften(id, deliveries));
  }

  #changeQueues(session: WorkerSession, queues: string[]): void {
    session.queues = queues;
    for (const name of queues) this.#queue(name);
  }

  /** A worker that is (again) here says what it holds; the two must agree. */
  #reconcile(session: WorkerSession, held: [number, string, boolean][]): void {
    const lost: number[] = [];
    const said = new Map(held.map(([tag, id, begun]) => [tag, { id, begun }]));
    for (const [tag, { id, begun }] of said) {
      const task = session.held.get(tag) ?? this.#claimed(session, tag, id, begun);
      if (task) task.acknowledged ||= begun;
      else lost.push(tag);
    }
    // What was on the way to it when the connection ended has not come to it.
    for (const [tag, task] of [...session.held].reverse()) {
      if (said.has(tag)) continue;
      session.held.delete(tag);
      this.#giveBack(task);
    }
    if (lost.length > 0) session.send({ lost });
    for (const { id } of [...session.held.values()]) {
      const revoked = this.revocations.get(id);
      if (revoked) session.send({ revoke: { ids: [id], terminate: revoked[1], signal: revoked[2] } });
    }
  }

  /** A task that the worker has, though the disk did not know yet when the broker ended. */
  #claimed(session: WorkerSession, tag: number, id: string, begun: boolean): LiveTask | undefined {
    // It may have come again by another tag: from the worker whose task it follows, which was told nothing yet.
    const known = this.#tasks.byTag.get(tag) ?? this.#tasks.byId.get(id);
    if (known?.id === id && known.place === 'ready') {
      this.#queue(known.queue).take(known);
      known.deliveries = Math.max(1, known.deliveries);
    } else if (known || !begun || this.results.isFinal(id)) return undefined;
    const task = known ?? this.#tasks.adopt(tag, id);
    task.worker = session.id;
    this.#hold(session, task, tag);
    this.#tasks.save(task);
    return task;
  }

  #away(session: WorkerSession): void {
    this.controls.gone(session.row.node);
    this.#absent.set(session.id, performance.now());
    this.#lookForAbsent();
  }

  #lookForAbsent(): void {
    this.#looks ??= setInterval(() => this.#look(), LOOK_MS).unref();
    this.#look();
  }

  #look(): void {
    for (const [id, sinceMs] of this.#absent) {
      const session = this.#sessions.get(id);
      const { pid, startTime, host } = session?.row ?? { pid: 0, startTime: '', host: '' };
      const ended = host === this.host ? hasEnded(pid, startTime) : undefined;
      const patienceOver = performance.now() - sinceMs > this.limits.workerPatienceMs;
      if (session && !ended && !patienceOver) continue;
      this.#absent.delete(id);
      if (session) this.#lost(session);
    }
    if (this.#absent.size > 0) return;
    clearInterval(this.#looks);
    this.#looks = undefined;
    this.#checkAllBack();
  }

  /** Name of this host, as workers give theirs. */
  host = '';

  /** A worker that hangs, or that no line leads to any more. */
  #dropSilent(): void {
    const nowMs = performance.now();
    for (const session of this.#sessions.values()) {
      if (session.present && nowMs - session.lastHeardMs > SILENT_MS) this.#lost(session);
    }
  }

  #checkAllBack(): void {
    if (this.#absent.size > 0) return;
    if (this.#gathering) this.#gathered();
    for (const resolve of this.#whenAllBack.splice(0)) resolve();
  }

  /** What had begun has failed, unless it may be delivered again. */
  #lost(session: WorkerSession): void {
    const { node } = session.row;
    this.log.warn(`worker ${node} was lost with ${session.held.size} tasks`);
    this.#forgetSession(session);
    for (const task of [...session.held.values()].reverse()) {
      const { id } = task;
      if (this.revocations.has(id)) this.#settle(task, revokedResult(id, 'terminated'));
      else if (task.acknowledged) this.#settle(task, workerLostResult(id, node));
      else if (task.deliveries >= this.limits.maxDeliveries) this.#tooOften(task);
      else this.#giveBack(task);
    }
    session.held.clear();
  }

  #leave(session: WorkerSession): void {
    this.#forgetSession(session);
    for (const task of [...session.held.values()].reverse()) {
      if (task.acknowledged) this.#settle(task, workerLostResult(task.id, session.row.node));
      else this.#giveBack(task);
    }
    session.held.clear();
  }

  #forgetSession(session: WorkerSession): void {
    this.#sessions.delete(session.id);
    session.dismiss();
    this.journal.remove(this.#sessionRows, session.id);
    session.window = 0;
  }

  #wantEvents(events: boolean): void {
    for (const session of this.#sessions.values()) session.send({ events });
  }

  #tellEvents(events: Record<string, unknown>[]): void {
    for (const context of this.#listeners) context.progress(events);
  }
}

interface PackedSequel {
  followers: PackedTask[];
  results: PackedResult[];
  parts: PackedPart[];
}

function packSequel({ followers, results, parts }: Sequel): PackedSequel {
  return {
    followers: followers.map(packOutgoing),
    results: results.map(packResult),
    parts: parts.map(packPart),
  };
}
