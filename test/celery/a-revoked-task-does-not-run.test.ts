import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { TaskRevokedError } from '../../src/celery/index.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { until } from '../helpers/until.js';

const PATIENCE = { timeout: 20 };

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

function active(replies: Map<string, unknown>): string[] {
  return [...replies.values()].flatMap((jobs) => (jobs as { id: string }[]).map(({ id }) => id));
}
