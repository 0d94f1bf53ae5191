// A child's part: loads the tasks, and runs those that it is handed, one at a time.
import { loadConfig } from '../../config/index.js';
import { errorCode, errorText } from '../../errors/index.js';
import { Sender } from '../../mesh/index.js';
import { Celery } from '../app.js';
import { packResult } from '../broker/embedded/packing.js';
import { TaskRevokedError } from '../errors.js';
import type { Task } from '../task.js';
import type { FromChild, RunEnd, RunOrder, TaskTraits, ToChild } from './child-messages.js';
import type { ClaimBoard } from './claim-board.js';
import { Executor } from './executor.js';
import { isListenedTo } from './is-listened-to.js';

/** What a child is reached by. */
export interface ChildPort {
  send(message: FromChild): void;
  /** All that was sent is on its way. */
  flush(): void;
  /** When all that was sent has left. */
  exit(): void;
}

/** So often a child that never waits looks at what it is told. */
const LOOK_MS = 5;
/** So often it is looked how large it is. */
const MEMORY_MS = 50;

export class ChildSide {
  #waiting: RunOrder[] = [];
  /** Orders that must not begin. */
  readonly #skipped = new Set<number>();
  #executor: Executor | undefined;
  #busy = false;
  #shedding = false;
  /** Nothing begins any more. */
  #exiting = false;
  #memoryDueMs = 0;

  constructor(
    private readonly board: ClaimBoard,
    private readonly port: ChildPort,
  ) {}

  /** Nothing is in hand, and nothing will be. */
  get done(): boolean {
    return this.#shedding && !this.#busy;
  }

  onMessage(message: ToChild): void {
    if (message.kind === 'config') void this.#begin(message.configFile, message.node);
    else if (message.kind === 'skip') this.#skipped.add(message.n);
    else if (message.kind === 'terminate') this.terminate();
    else if (message.kind === 'call back') {
      this.#waiting = this.#waiting.filter(({ n }) => n <= message.above);
      this.port.send({ kind: 'called back' });
    } else if (message.kind === 'run') {
      this.#waiting.push(...message.orders);
      if (!this.#busy && !this.#exiting) void this.#runAll();
    } else {
      this.#shedding = true;
      if (!this.#busy) this.#exit();
    }
  }

  /** Whoever listens to its signal may tidy up; the worker sees to it that this does not last. */
  terminate(): void {
    const run = this.#executor?.run;
    if (!run) {
      this.#exit();
      return;
    }
    const listens = isListenedTo(run.controller.signal);
    if (listens) {
      this.port.send({ kind: 'tidying' });
      this.port.flush();
    }
    this.#waiting.length = 0;
    this.#shedding = true;
    run.controller.abort(new TaskRevokedError('terminated'));
    if (!listens) this.#exit();
  }

  /** Only tells the task that it is not wanted any more. */
  abort(): void {
    this.#executor?.run?.controller.abort(new TaskRevokedError('terminated'));
  }

  async #begin(configFile: string, node: string): Promise<void> {
    try {
      const app = new Celery('worker', { config: loadConfig(configFile) });
      // Tasks send messages to agents under the worker's name.
      Sender.configure(app.config, node);
      await app.loadImports();
      const state = (record: Parameters<typeof packResult>[0]) =>
        this.port.send({ kind: 'state', state: packResult(record) });
      this.#executor = new Executor({ app, node, state });
      const tasks = [...app.tasks.values()].map((task) => traits(app, task));
      this.port.send({ kind: 'ready', memoryKiB: memoryKiB(), tasks });
    } catch (error) {
      this.port.send({ kind: 'failed', error: errorText(error), code: errorCode(error) ?? '' });
    }
  }

  async #runAll(): Promise<void> {
    this.#busy = true;
    let lookedMs = performance.now();
    for (let order = this.#waiting.shift(); order && this.#executor; order = this.#waiting.shift()) {
      const mayRun = !this.#skipped.delete(order.n) && this.board.claim(order.n);
      const end = mayRun ? await this.#executor.execute(order) : skippedEnd(order);
      // First: a child that has grown is not to get another job.
      this.#tellMemory(performance.now());
      this.port.send({ kind: 'ended', ends: [end] });
      // Before the next begins: whoever ends this child must know what had ended.
      this.port.flush();
      // One task at a time: what goes on though it was given up ends with this child.
      if (end.goesOn) this.#exit();
      if (this.#exiting) return;
      const nowMs = performance.now();
      if (nowMs - lookedMs < LOOK_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      lookedMs = performance.now();
    }
    this.#busy = false;
    this.#skipped.clear();
    if (this.#shedding) this.#exit();
  }

  #exit(): void {
    if (this.#exiting) return;
    this.#exiting = true;
    this.port.exit();
  }

  #tellMemory(nowMs: number): void {
    if (nowMs < this.#memoryDueMs) return;
    this.#memoryDueMs = nowMs + MEMORY_MS;
    this.port.send({ kind: 'memory', memoryKiB: memoryKiB() });
  }
}

function traits({ conf }: Celery, task: Task): TaskTraits {
  return {
    name: task.name,
    acksLate: task.acksLate ?? conf.taskAcksLate,
    rejectOnWorkerLost: task.rejectOnWorkerLost ?? conf.taskRejectOnWorkerLost,
    acksOnFailureOrTimeout: task.acksOnFailureOrTimeout,
    ignoreResult: task.ignoreResult ?? conf.taskIgnoreResult,
    trackStarted: task.trackStarted ?? conf.taskTrackStarted,
    timeLimit: task.timeLimit ?? null,
    softTimeLimit: task.softTimeLimit ?? null,
    rateLimit: task.rateLimit === undefined ? null : String(task.rateLimit),
  };
}

function skippedEnd({ n }: RunOrder): RunEnd {
  return {
    n,
    id: '',
    name: '',
    status: 'SKIPPED',
    result: null,
    retry: null,
    followers: null,
    results: null,
    parts: null,
    deadLetter: null,
    requeue: false,
    goesOn: false,
    runtimeMs: 0,
    text: '',
  };
}

function memoryKiB(): number {
  return Math.round(process.memoryUsage.rss() / 1024);
}
