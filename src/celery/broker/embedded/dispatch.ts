// Which task goes to which worker, and when: the queues, what waits for its time, and who takes from them.
import { type Clock, RealClock } from '../../../clock/index.js';
import { DueTimes } from './due-times.js';
import type { LiveTask } from './live-task.js';
import type { LiveTasks } from './live-tasks.js';
import { ReadyQueue } from './ready-queue.js';
import type { WorkerSession } from './worker-session.js';

const REAL_CLOCK = new RealClock();

export class Dispatch {
  readonly #queues = new Map<string, ReadyQueue>();
  readonly #due: DueTimes<LiveTask>;
  readonly #expiries: DueTimes<LiveTask>;
  /** Tasks that workers have sent back for a while: of real time, as rates are. */
  readonly #postponed = new DueTimes<LiveTask>(REAL_CLOCK, (task) => this.#isBack(task));
  #isPaused = false;
  /** Tasks that wait for their time. */
  scheduled = 0;

  /** `onExpired` ends a task that waits, and whose time has passed. */
  constructor(
    private readonly tasks: LiveTasks,
    private readonly sessions: ReadonlyMap<string, WorkerSession>,
    private readonly clock: Clock,
    onExpired: (task: LiveTask) => void,
  ) {
    this.#due = new DueTimes(clock, (task) => this.#isDue(task));
    this.#expiries = new DueTimes(clock, (task) => {
      if (['ready', 'scheduled', 'postponed'].includes(task.place)) onExpired(task);
    });
  }

  /** Nothing is handed out until {@link Dispatch.resume}. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const name of this.#queues.keys()) this.pump(name);
  }

  stop(): void {
    this.#due.stop();
    this.#expiries.stop();
    this.#postponed.stop();
  }

  /** All queues that were ever named. */
  queues(): Iterable<[name: string, queue: ReadyQueue]> {
    return this.#queues;
  }

  /** Tasks that wait in a queue; `undefined` when there is no such queue. */
  length(name: string): number | undefined {
    return this.#queues.get(name)?.waiting;
  }

  /** Makes a queue that is not there yet. */
  queue(name: string): ReadyQueue {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = new ReadyQueue();
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** Into its queue, or to where it waits for its time. */
  place(task: LiveTask): void {
    task.worker = '';
    if (task.expiresMs > 0 && task.deliveries === 0) this.#expiries.add(task.expiresMs, task);
    if (task.etaMs > this.clock.now()) {
      task.place = 'scheduled';
      this.scheduled += 1;
      this.#due.add(task.etaMs, task);
    } else this.queue(task.queue).push(task);
  }

  /** To the head of its queue. */
  placeFirst(task: LiveTask): void {
    this.queue(task.queue).pushFront(task);
    this.pump(task.queue);
  }

  /** It is not to be delivered for so many ms, and then rather to another worker than this one. */
  postpone(task: LiveTask, delayMs: number, sentBackBy: WorkerSession): void {
    task.sentBackBy = sentBackBy.id;
    this.queue(task.queue).postpone(task);
    this.#postponed.add(REAL_CLOCK.now() + Math.max(0, delayMs), task);
  }

  /** Out of where it waits, for it has ended. */
  withdraw(task: LiveTask): void {
    if (task.place === 'ready' || task.place === 'postponed') this.queue(task.queue).drop(task);
    if (task.place === 'scheduled') this.scheduled -= 1;
  }

  /** Drops what is ready in a queue. @returns how many tasks */
  purge(name: string): number {
    const queue = this.#queues.get(name);
    let count = 0;
    for (let task = queue?.shift(); task; task = queue?.shift()) {
      this.tasks.remove(task);
      count += 1;
    }
    for (const task of queue && queue.postponed > 0 ? [...this.tasks.byTag.values()] : []) {
      if (task.place !== 'postponed' || task.queue !== name) continue;
      queue?.drop(task);
      this.tasks.remove(task);
      count += 1;
    }
    return count;
  }

  /** Gives tasks of a queue to those who take them, one each in turn. */
  pump(name: string): void {
    const queue = this.queue(name);
    if (this.#isPaused) return;
    let takers = [...this.sessions.values()].filter((one) => one.room > 0 && one.queues.includes(name));
    while (queue.length > 0 && takers.length > 0) {
      for (const session of takers) this.#give(session, queue);
      takers = takers.filter((one) => one.room > 0);
    }
  }

  /** Gives a worker what it has room for, of its queues in turn. */
  pumpSession(session: WorkerSession): void {
    let idle = this.#isPaused ? Number.POSITIVE_INFINITY : 0;
    while (session.room > 0 && idle < session.queues.length) {
      const name = session.queues[session.turn % session.queues.length] ?? '';
      session.turn = (session.turn + 1) % session.queues.length;
      idle = this.#give(session, this.queue(name)) ? 0 : idle + 1;
    }
  }

  #isDue(task: LiveTask): void {
    if (task.place !== 'scheduled') return;
    this.scheduled -= 1;
    this.queue(task.queue).push(task);
    this.pump(task.queue);
  }

  #isBack(task: LiveTask): void {
    if (task.place !== 'postponed') return;
    const queue = this.queue(task.queue);
    queue.resume(task);
    const other = [...this.sessions.values()].find(
      ({ room, queues, id }) => room > 0 && queues.includes(task.queue) && id !== task.sentBackBy,
    );
    if (other && queue.length === 1 && !this.#isPaused) this.#give(other, queue);
    else this.pump(task.queue);
  }

  #give(session: WorkerSession, queue: ReadyQueue): boolean {
    if (session.room <= 0) return false;
    const task = queue.shift();
    if (!task) return false;
    const redelivered = task.deliveries > 0;
    task.worker = session.id;
    task.deliveries += 1;
    session.hold(task);
    this.tasks.save(task);
    session.deliver([task.tag, task.id, task.queue, task.priority, redelivered, this.tasks.message(task)]);
    return true;
  }
}
