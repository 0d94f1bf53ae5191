// A child of a worker: loads the tasks, and runs those that it is handed, one at a time.
import { getEventListeners } from 'node:events';
import { loadConfig } from '../../config/index.js';
import { errorCode, errorText } from '../../errors/index.js';
import { Sender } from '../../mesh/index.js';
import { inheritedPipe } from '../../socket/index.js';
import { Celery } from '../app.js';
import { packResult } from '../broker/embedded/packing.js';
import { TaskRevokedError } from '../errors.js';
import type { FromChild, RunEnd, RunOrder, TaskTraits, ToChild } from './child-messages.js';
import { ClaimBoard } from './claim-board.js';
import { Executor } from './executor.js';
import { Frames } from './frames.js';

/** The pipe to the worker. */
const PIPE = 3;
/** The file of the claim board. */
const BOARD = 4;
/** Exit code of a child that the worker let go. */
const EXIT_OK = 0;

const frames = new Frames(inheritedPipe(PIPE), (message) => onMessage(message as ToChild), orphaned);
const board = new ClaimBoard(BOARD);
let waiting: RunOrder[] = [];
/** Orders that must not begin. */
const skipped = new Set<number>();
let executor: Executor | undefined;
let busy = false;
let shedding = false;

// Ctrl-C in a terminal is for the worker, which lets its children finish.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', terminate);

function send(message: FromChild): void {
  frames.send(message);
}

/** The worker has gone: nobody wants what is done here, nor what it has spawned. */
function orphaned(): void {
  if (shedding && !busy) process.exit(EXIT_OK);
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.exit(EXIT_OK);
  }
}

function onMessage(message: ToChild): void {
  if (message.kind === 'config') void begin(message.configFile, message.node);
  else if (message.kind === 'skip') skipped.add(message.n);
  else if (message.kind === 'call back') {
    waiting = waiting.filter(({ n }) => n <= message.above);
    send({ kind: 'called back' });
  } else if (message.kind === 'run') {
    waiting.push(...message.orders);
    if (!busy) void runAll();
  } else {
    shedding = true;
    if (!busy) process.exit(EXIT_OK);
  }
}

async function begin(configFile: string, node: string): Promise<void> {
  try {
    const app = new Celery('worker', { config: loadConfig(configFile) });
    // Tasks send messages to agents under the worker's name.
    Sender.configure(app.config, node);
    await app.loadImports();
    executor = new Executor({
      app,
      node,
      state: (record) => send({ kind: 'state', state: packResult(record) }),
    });
    send({
      kind: 'ready',
      memoryKiB: memoryKiB(),
      tasks: [...app.tasks.values()].map((task) => traits(app, task)),
    });
  } catch (error) {
    send({ kind: 'failed', error: errorText(error), code: errorCode(error) ?? '' });
  }
}

function traits(
  { conf }: Celery,
  task: Celery['tasks'] extends Map<string, infer T> ? T : never,
): TaskTraits {
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

/** So often a child that never waits looks at what it is told. */
const LOOK_MS = 5;
const MEMORY_MS = 1_000;
let memoryDueMs = 0;

async function runAll(): Promise<void> {
  busy = true;
  let lookedMs = performance.now();
  for (let order = waiting.shift(); order && executor; order = waiting.shift()) {
    const mayRun = !skipped.delete(order.n) && board.claim(order.n);
    const end = mayRun ? await executor.execute(order) : skippedEnd(order);
    send({ kind: 'ended', ends: [end] });
    // Before the next begins: whoever ends this process must know what had ended.
    frames.flush();
    const nowMs = performance.now();
    if (nowMs - lookedMs < LOOK_MS) continue;
    if (nowMs > memoryDueMs) {
      memoryDueMs = nowMs + MEMORY_MS;
      send({ kind: 'memory', memoryKiB: memoryKiB() });
    }
    await new Promise((resolve) => setImmediate(resolve));
    lookedMs = performance.now();
  }
  busy = false;
  skipped.clear();
  if (shedding) process.exit(EXIT_OK);
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
    deadLetter: null,
    requeue: false,
    runtimeMs: 0,
    text: '',
  };
}

function memoryKiB(): number {
  return Math.round(process.memoryUsage.rss() / 1024);
}

/** Whoever listens to its signal may tidy up; the worker sees to it that this does not last. */
function terminate(): void {
  const run = executor?.run;
  if (!run) process.exit(EXIT_OK);
  const listens = getEventListeners(run.controller.signal, 'abort').length > 0;
  if (listens) {
    send({ kind: 'tidying' });
    frames.flush();
  }
  waiting.length = 0;
  run.controller.abort(new TaskRevokedError('terminated'));
  if (!listens) process.exit(EXIT_OK);
  shedding = true;
}
