import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { until } from '../helpers/until.js';

const COUNT = 120;
const PATIENCE = { timeout: 40 };

/** How often each task has begun, by its number. */
function starts(file: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [kind, text = ''] = line.split(' ');
    if (kind === 'start') found.set(text, (found.get(text) ?? 0) + 1);
  }
  return found;
}

/** Kills something in the middle of many short tasks, and counts how they end. */
async function killed(
  t: Test,
  task: string,
  kill: (processes: CeleryProcesses, file: string) => Promise<void>,
) {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  const file = join(processes.directory, 'notes');
  const calls = Array.from({ length: COUNT }, (_, index) => app.sendTask(task, [file, String(index), 4]));
  const ends = Promise.allSettled((await Promise.all(calls)).map((one) => one.get(PATIENCE)));
  await until(20_000, () => {
    try {
      return starts(file).size > 20;
    } catch {
      return false;
    }
  });
  await kill(processes, file);
  const settled = await ends;
  const failures = settled.flatMap((one) =>
    one.status === 'rejected' ? [one.reason as { code: string }] : [],
  );
  const again = [...starts(file).values()].filter((count) => count > 1).length;
  return { successes: COUNT - failures.length, failures, again, begun: starts(file).size };
}

const killWorker = async (processes: CeleryProcesses) => {
  await processes.kill('worker');
  await processes.startWorker('second', '-c', '1');
};

const killChild = async (_: CeleryProcesses, file: string) => {
  const last = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('start'))
    .at(-1);
  process.kill(Number(last?.split(' ')[3]), 'SIGKILL');
};

const killBroker = async (processes: CeleryProcesses) => {
  await processes.kill('task_broker');
  await processes.startBroker();
};

for (const [who, kill] of Object.entries({ worker: killWorker, child: killChild })) {
  t.test(`acks early: ${who} killed: what ran has failed, nothing runs twice, nothing is lost`, async (t) => {
    const { successes, failures, again } = await killed(t, 'tests.note', kill);
    t.ok(failures.length <= 4, `${failures.length} failed`);
    t.ok(failures.every(({ code }) => code === 'WORKER_LOST'));
    t.equal(successes + failures.length, COUNT);
    t.equal(again, 0);
  });

  t.test(`acks late: ${who} killed: what ran is delivered again`, async (t) => {
    const { successes, again, begun } = await killed(t, 'tests.note_late', kill);
    t.equal(successes, COUNT);
    t.equal(begun, COUNT);
    t.ok(again <= 4, `${again} began again`);
  });
}

t.test('the broker killed: every call is there when it is back, and its result too', async (t) => {
  const { successes, again } = await killed(t, 'tests.note', killBroker);
  t.equal(successes, COUNT);
  t.equal(again, 0);
});

t.test('a task that ends its own process fails, or is delivered again', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  const file = join(processes.directory, 'file');
  await t.rejects((await app.sendTask('tests.suicide', [file])).get(PATIENCE), { code: 'WORKER_LOST' });
  t.equal(await (await app.sendTask('tests.suicide_late', [file])).get(PATIENCE), null);
  t.equal(readFileSync(file, 'utf8'), 'start false\nstart false\nstart true\n');
});

t.test('a warm shutdown finishes what runs and gives the rest back; a cold one does not wait', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1', '--prefetch-multiplier', '4');
  t.teardown(() => processes.end());
  const app = processes.app();
  const held = async () => (await app.broker.queues())[0]?.held;
  const [first, second] = await Promise.all([1, 2].map(() => app.sendTask('tests.sleep', [600])));
  await until(10_000, async () => (await held()) === 2);
  const firstEnd = first?.get(PATIENCE);
  await processes.kill('worker', 'SIGTERM');
  t.equal(await firstEnd, 'slept');
  t.match(await app.broker.queues(), [{ ready: 1, held: 0, consumers: [] }]);
  await processes.startWorker('second', '-c', '1');
  t.equal(await second?.get(PATIENCE), 'slept');
  const endless = await app.sendTask('tests.sleep', [600_000]);
  await until(10_000, async () => (await held()) === 1);
  const lost = t.rejects(endless.get(PATIENCE), { code: 'WORKER_LOST' });
  const worker = processes.process('second');
  worker.kill('SIGTERM');
  const again = setInterval(() => worker.kill('SIGTERM'), 400);
  await lost;
  await until(10_000, () => worker.exitCode !== null);
  clearInterval(again);
  t.equal(worker.exitCode, 0);
});

t.test('a worker ends when whoever started it has gone, also with the broker away', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  await app.sendTask('tests.sleep', [300]);
  await until(10_000, async () => (await app.broker.queues())[0]?.held === 1);
  await processes.kill('task_broker');
  const worker = processes.process('worker');
  worker.disconnect();
  await until(25_000, () => worker.exitCode !== null);
  t.equal(worker.exitCode, 0);
});

t.test('a task that came back to the same worker goes on once when the broker is killed', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '2');
  t.teardown(() => processes.end());
  const file = join(processes.directory, 'notes');
  const result = await processes.app().sendTask('tests.second_time', [file, 3_000]);
  await until(20_000, () => existsSync(file));
  await processes.kill('task_broker');
  await processes.startBroker();
  t.equal(await result.get(PATIENCE), 'done');
  t.equal(readFileSync(file, 'utf8'), 'start\nend\n');
});
