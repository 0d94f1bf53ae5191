// Rates, round trips, and memory.
import { join } from 'node:path';
import type { Celery } from '../../src/celery/index.js';
import { CeleryProcesses } from '../../test/helpers/celery-processes.js';
import { until } from '../../test/helpers/until.js';
import { type Figure, figure, percentile } from '../figure.js';
import { BareFlush } from './bare-flush.js';

/** Calls that are on their way at a time. */
const TOGETHER = 2_000;
const PATIENCE_MS = 120_000;
const PATIENCE = { timeout: PATIENCE_MS / 1000 };

/** Calls per second, each resolved when it was on disk. */
async function enqueue(app: Celery, task: string, count: number, ignoreResult: boolean): Promise<number> {
  const begun = performance.now();
  for (let done = 0; done < count; done += TOGETHER) {
    const calls = Array.from({ length: Math.min(TOGETHER, count - done) }, () =>
      app.sendTask(task, [], {}, { ignoreResult }),
    );
    await Promise.all(calls);
  }
  return (count / (performance.now() - begun)) * 1000;
}

async function untilEmpty(app: Celery): Promise<void> {
  await until(PATIENCE_MS, async () =>
    (await app.broker.queues()).every(({ ready, held }) => ready + held === 0),
  );
}

/** Enqueued first, then drained by a worker that starts then. */
export async function throughput(processes: CeleryProcesses, count: number): Promise<Figure[]> {
  const app = processes.app();
  await enqueue(app, 'tests.noop_ignored', TOGETHER, true);
  const perSecond = await enqueue(app, 'tests.noop_ignored', count, true);
  const startedMs = performance.now();
  await processes.startWorker('worker', '-c', '1');
  const readyMs = performance.now();
  const before = await waiting(app);
  const countedMs = performance.now();
  await untilEmpty(app);
  const drained = (before / (performance.now() - countedMs)) * 1000;
  const resultsMs = performance.now();
  const results = Math.round(count / 4);
  const calls = await Promise.all(Array.from({ length: results }, () => app.sendTask('tests.noop')));
  await Promise.all(calls.map((one) => one.get(PATIENCE)));
  const collected = (results / (performance.now() - resultsMs)) * 1000;
  return [
    figure('enqueue, durable, pipelined', perSecond, '/s', { atLeast: 40_000 }),
    figure('one worker -c 1, no-op tasks, no results', drained, '/s', { atLeast: 10_000 }),
    figure('one worker -c 1, called and results collected', collected, '/s', { atLeast: 8_000 }),
    figure('worker start to ready', (readyMs - startedMs) / 1000, 's', { atMost: 0.5 }),
  ];
}

async function waiting(app: Celery): Promise<number> {
  return (await app.broker.queues()).reduce((sum, { ready, held }) => sum + ready + held, 0);
}

/** Round trips before those that count. */
const WARM_UP = 1_500;
/** A worker's spare child is there by then. */
const SETTLING_MS = 2_000;

/** So often the bare disk is looked at in between. */
const CALLS_PER_FLUSH = 5;

/** `delay().get()`, one at a time, beside what the disk takes for one small write in the same seconds. */
export async function roundTrips(processes: CeleryProcesses, count: number): Promise<Figure[]> {
  const app = processes.app();
  const disk = new BareFlush(join(processes.directory, 'bare.log'));
  const timesMs: number[] = [];
  for (let n = 0; n < count + WARM_UP; n += 1) {
    const begun = performance.now();
    await (await app.sendTask('tests.noop')).get(PATIENCE);
    if (n < WARM_UP) continue;
    timesMs.push(performance.now() - begun);
    if (n % CALLS_PER_FLUSH === 0) disk.flush();
  }
  const bareMs = disk.end();
  const at = (part: number, atMost: number) =>
    figure(
      `delay().get() one at a time, p${part * 100}`,
      percentile(timesMs, part),
      'ms',
      { atMost },
      percentile(bareMs, part),
    );
  return [at(0.5, 0.6), at(0.99, 2)];
}

/** A worker that has started and has nothing to do: parent, child and spare. */
export async function memoryFigures(processes: CeleryProcesses): Promise<Figure[]> {
  const { pid = 0 } = await processes.startWorker('idle', '-c', '1', '-Q', 'idle_q');
  await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
  const worked = processes.process('worker').pid ?? 0;
  return [
    figure('idle worker: parent, child and spare', residentMiB(pid), 'MiB', { atMost: 200 }),
    figure('the same of the worker that has run all tasks', residentMiB(worked), 'MiB'),
  ];
}

function residentMiB(pid: number): number {
  return [pid, ...CeleryProcesses.childrenOf(pid)].reduce(
    (total, one) => total + CeleryProcesses.residentMiB(one),
    0,
  );
}

/** Many tasks that wait, and nobody who takes them. */
export async function waitingTasks(count: number): Promise<Figure[]> {
  const processes = await CeleryProcesses.start({ mesh: ['request_timeout = 120s'] });
  try {
    const app = processes.app();
    await enqueue(app, 'tests.noop', TOGETHER, true);
    const first = await enqueue(app, 'tests.noop', 10_000, true);
    await enqueue(app, 'tests.noop', Math.max(0, count - 10_000), true);
    const last = await enqueue(app, 'tests.noop', 10_000, true);
    const memory = CeleryProcesses.residentMiB(processes.process('task_broker').pid ?? 0);
    return [
      figure(`broker with ${count} tasks waiting`, memory, 'MiB', { atMost: 200 }),
      figure(`enqueue with ${count} tasks waiting`, last, '/s', { ratioAtLeast: 0.8 }, first),
    ];
  } finally {
    await processes.end();
  }
}
