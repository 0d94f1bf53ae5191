import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { TaskRevokedError, Worker } from '../../src/celery/index.js';
import { ClaimBoard } from '../../src/celery/worker/claim-board.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { until } from '../helpers/until.js';

const PATIENCE = { timeout: 20 };

const WORKER = {
  pool: 'prefork' as const,
  node: 'worker@test',
  queues: ['celery'],
  concurrency: 1,
  prefetchMultiplier: 4,
  maxTasksPerChild: undefined,
  maxMemoryPerChildKiB: undefined,
  timeLimitMs: undefined,
  softTimeLimitMs: undefined,
  graceMs: 1000,
};

const lines = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

t.test('a revoke holds with no worker up, for a far eta, and after a restart of everything', async (t) => {
  const processes = await CeleryProcesses.start();
  t.teardown(() => processes.end());
  const app = processes.app();
  const file = join(processes.directory, 'notes');
  const pending = await app.sendTask('tests.note', [file, 'pending', 0]);
  const far = await app.sendTask('tests.note', [file, 'far', 0], {}, { countdown: 86_400 });
  const waits = t.rejects(far.get(PATIENCE), TaskRevokedError);
  await app.control.revoke([pending.id, far.id, 'not-yet-called']);
  await waits;
  t.same([await pending.state(), await far.state()], ['REVOKED', 'REVOKED']);
  await processes.kill('task_broker');
  await processes.startBroker();
  t.equal(await far.state(), 'REVOKED');
  const later = await app.sendTask('tests.note', [file, 'later', 0], {}, { taskId: 'not-yet-called' });
  await t.rejects(later.get(PATIENCE), { message: 'revoked' });
  await processes.startWorker('worker');
  t.equal(await (await app.sendTask('tests.note', [file, 'last', 0])).get(PATIENCE), 'last');
  t.same(
    lines(file)
      .filter((line) => line.startsWith('end'))
      .map((line) => line.split(' ')[1]),
    ['last'],
  );
});

t.test('terminate ends exactly the task that is meant', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '2');
  t.teardown(() => processes.end());
  const app = processes.app();
  const file = join(processes.directory, 'file');

  t.test('with all that it has spawned, and the others go on', async (t) => {
    const spawner = await app.sendTask('tests.spawner', [file]);
    const bystander = await app.sendTask('tests.sleep', [1500]);
    await until(10_000, () => lines(file).length > 0);
    const pid = Number(lines(file)[0]);
    t.ok(isAlive(pid));
    const ended = t.rejects(spawner.get(PATIENCE), { code: 'TASK_REVOKED', message: 'terminated' });
    await spawner.revoke({ terminate: true });
    await ended;
    await until(10_000, () => !isAlive(pid));
    t.equal(await bystander.get(PATIENCE), 'slept');
  });

  t.test('a task that holds its thread is killed', async (t) => {
    const spin = await app.sendTask('tests.spin', [60_000]);
    await until(10_000, async () => active(await app.control.inspect('active')).includes(spin.id));
    await spin.revoke({ terminate: true });
    await t.rejects(spin.get(PATIENCE), TaskRevokedError);
  });

  t.test('a task whose child is ended before it has begun is not given to another', async (t) => {
    await (await app.sendTask('tests.noop')).get(PATIENCE);
    const [stats] = [...(await app.control.inspect('stats')).values()] as { pool: { processes: number[] } }[];
    const [pid = 0] = stats?.pool.processes ?? [];
    process.kill(pid, 'SIGSTOP');
    const spin = await app.sendTask('tests.spin', [60_000]);
    await until(10_000, async () => active(await app.control.inspect('active')).includes(spin.id));
    await spin.revoke({ terminate: true });
    await t.rejects(spin.get(PATIENCE), TaskRevokedError);
    t.equal(await (await app.sendTask('tests.mul', [2, 3])).get(PATIENCE), 6);
  });

  t.test('a task that listens may tidy up before it goes, and the next waits for that', async (t) => {
    const careful = join(processes.directory, 'careful');
    const task = await app.sendTask('tests.careful', [careful]);
    await until(10_000, () => lines(careful).length > 0);
    await task.revoke({ terminate: true });
    await t.rejects(task.get(PATIENCE), TaskRevokedError);
    t.match(lines(careful), [/^open/, 'closed']);
  });

  t.test('without terminate a running task goes on', async (t) => {
    const task = await app.sendTask('tests.sleep', [500]);
    await until(10_000, async () => active(await app.control.inspect('active')).includes(task.id));
    await task.revoke();
    t.equal(await task.get(PATIENCE), 'slept');
  });

  t.test('revokes are served during a warm shutdown', async (t) => {
    const task = await app.sendTask('tests.sleep', [60_000]);
    await until(10_000, async () => active(await app.control.inspect('active')).includes(task.id));
    const gone = processes.kill('worker', 'SIGTERM');
    await until(10_000, async () => (await app.control.inspect('stats')).size === 1);
    await task.revoke({ terminate: true });
    await t.rejects(task.get(PATIENCE), TaskRevokedError);
    await gone;
  });
});

t.test('terminate leaves alone what is next at the same child', async (t) => {
  const processes = await CeleryProcesses.start();
  t.teardown(() => processes.end());
  const app = processes.app();
  let whenTaken = () => {};
  const received = (text: string) => {
    if (/tests.note.*received/.test(text)) whenTaken();
  };
  const log = { info: () => {}, warn: () => {}, error: () => {}, debug: received };
  const worker = new Worker(app, WORKER, log);
  await worker.start();
  t.teardown(() => worker.shutdown());

  /** Two come together. When the child has them, it is not heard until it has begun the one that is named. */
  async function revokeFirst(name: string, firstMs: number, begun: string) {
    const file = join(processes.directory, name);
    await until(20_000, async () => {
      await (await app.sendTask('tests.mul', [1, 2])).get(PATIENCE);
      return worker.pool.paceMs < 0.5;
    });
    worker.setQueues([]);
    const first = await app.sendTask('tests.note', [file, 'first', firstMs]);
    const second = await app.sendTask('tests.note', [file, 'second', 200]);
    const ends = Promise.allSettled([first.get(PATIENCE), second.get(PATIENCE)]);
    const ended = await new Promise<string[]>((resolve) => {
      const holdThenRevoke = () => {
        const endMs = performance.now() + 10_000;
        const hasBegun = () => lines(file).some((line) => line.startsWith(`start ${begun}`));
        while (!hasBegun() && performance.now() < endMs);
        resolve(worker.revoke([first.id], true, 'SIGKILL'));
      };
      let taken = 0;
      whenTaken = () => {
        taken += 1;
        // The child is written to in the first of these.
        if (taken === 2) setImmediate(() => setImmediate(holdThenRevoke));
      };
      worker.setQueues(WORKER.queues);
    });
    return { isEnded: ended.includes(first.id), ends: await ends, lines: lines(file) };
  }

  t.test('when that has begun, and the end of the one that is meant is still on its way', async (t) => {
    const { isEnded, ends, lines } = await revokeFirst('after', 30, 'second');
    t.match(ends, [{ value: 'first' }, { value: 'second' }], 'both have run to their ends');
    t.notOk(isEnded);
    t.equal(lines.length, 4);
  });

  t.test('when that has not begun: it runs at another child, once', async (t) => {
    const { isEnded, ends, lines } = await revokeFirst('before', 60_000, 'first');
    t.match(ends, [{ reason: { code: 'TASK_REVOKED', message: 'terminated' } }, { value: 'second' }]);
    t.ok(isEnded);
    t.equal(lines.length, 3);
  });
});

t.test('a job that was claimed and refused has not begun', (t) => {
  const board = ClaimBoard.make();
  const child = new ClaimBoard(board.descriptor);
  t.teardown(() => board.close());
  t.ok(child.claim(1));
  t.equal(board.lower(1), 1);
  t.notOk(child.claim(2));
  t.same([board.claimed(), board.begun()], [2, 1]);
  t.equal(board.lower(3), 1, 'a limit is not lifted by lowering it again');
  t.notOk(child.claim(3));
  board.raise();
  t.ok(child.claim(4));
  t.equal(board.begun(), 4);
  t.end();
});

function active(replies: Map<string, unknown>): string[] {
  return [...replies.values()].flatMap((jobs) => (jobs as { id: string }[]).map(({ id }) => id));
}
