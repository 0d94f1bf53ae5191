import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { until } from '../helpers/until.js';

const PATIENCE = { timeout: 20 };

t.test('a child that has grown is replaced before the next task', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1', '--max-memory-per-child', '300000');
  t.teardown(() => processes.end());
  const app = processes.app();
  const grow = async (mib: number) => (await app.sendTask('tests.grow', [mib])).get(PATIENCE);
  const small = await grow(1);
  t.equal(await grow(1), small);
  t.equal(await grow(400), small);
  t.not(await grow(1), small);
});

t.test('threads: what waits behind a task that computes goes to the one that is free', async (t) => {
  const processes = await CeleryProcesses.start({}, '-P', 'threads', '-c', '2');
  t.teardown(() => processes.end());
  const app = processes.app();
  // Short ones: the next are handed over by the bundle.
  for (let n = 0; n < 3; n += 1)
    t.equal(await (await app.sendTask('tests.mul', [n, 2])).get(PATIENCE), 2 * n);
  // They come together to a worker that was held up.
  const { pid = 0 } = processes.process('worker');
  process.kill(pid, 'SIGSTOP');
  const calls = await Promise.all(['tests.spin', 'tests.sleep'].map((name) => app.sendTask(name, [60_000])));
  process.kill(pid, 'SIGCONT');
  await until(20_000, async () => {
    const active = (await app.control.inspect('active')).get('worker@test') as unknown[];
    return active.length === 2;
  });
  await app.control.terminate(calls.map(({ id }) => id));
  for (const call of calls) await t.rejects(call.get(PATIENCE), { code: 'TASK_REVOKED' });
});

t.test('threads: side by side, each ended alone, and finished at a warm shutdown', async (t) => {
  const processes = await CeleryProcesses.start({}, '-P', 'threads', '-c', '2');
  t.teardown(() => processes.end());
  const app = processes.app();
  const file = join(processes.directory, 'notes');
  const notes = await Promise.all(['a', 'b'].map((text) => app.sendTask('tests.note', [file, text, 3000])));
  await Promise.all(notes.map((one) => one.get(PATIENCE)));
  t.match(readFileSync(file, 'utf8'), /^start . .*\nstart . .*\nend/, 'both at once');
  const spun = await app.sendTask('tests.spin', [600_000], {}, { timeLimit: 0.3 });
  const beside = await app.sendTask('tests.sleep', [700]);
  await t.rejects(spun.get(PATIENCE), { code: 'TIME_LIMIT_EXCEEDED' });
  t.equal(await beside.get(PATIENCE), 'slept', 'its neighbour goes on');
  const endless = await app.sendTask('tests.spin', [600_000]);
  // It is held a little before it begins, and then it would be revoked, not ended.
  await until(10_000, async () => {
    const active = (await app.control.inspect('active')).get('worker@test') as unknown[];
    return active.length === 1;
  });
  await endless.revoke({ terminate: true });
  await t.rejects(endless.get(PATIENCE), { code: 'TASK_REVOKED', message: 'terminated' });
  const last = await app.sendTask('tests.sleep', [300]);
  await until(10_000, async () => (await app.broker.queues())[0]?.held === 1);
  await processes.kill('worker', 'SIGTERM');
  t.equal(processes.process('worker').exitCode, 0);
  t.equal(await last.get(PATIENCE), 'slept');
});

t.test('solo: in the worker itself, which answers, retries and keeps soft limits', async (t) => {
  const processes = await CeleryProcesses.start({}, '-P', 'solo');
  t.teardown(() => processes.end());
  const app = processes.app();
  const pid = processes.process('worker').pid;
  t.equal(await (await app.sendTask('tests.grow', [1])).get(PATIENCE), pid);
  t.equal(await (await app.sendTask('tests.flaky', [2])).get(PATIENCE), 2);
  const soft = await app.sendTask('tests.sleep', [20_000], {}, { softTimeLimit: 0.1 });
  await t.rejects(soft.get(PATIENCE), { code: 'SOFT_TIME_LIMIT_EXCEEDED' });
  const careful = await app.sendTask('tests.careful', [join(processes.directory, 'careful')]);
  await until(10_000, async () => (await app.broker.queues())[0]?.held === 1);
  t.equal([...(await app.control.ping())].length, 1);
  await careful.revoke({ terminate: true });
  await t.rejects(careful.get(PATIENCE), { code: 'TASK_REVOKED' });
  const late = await app.sendTask('tests.note_late', [join(processes.directory, 'notes'), 'x', 600_000]);
  await until(10_000, async () => (await app.broker.queues())[0]?.held === 1);
  await processes.kill('worker');
  await until(10_000, async () => (await app.broker.queues())[0]?.ready === 1);
  await late.revoke();
  await t.rejects(late.get(PATIENCE), { code: 'TASK_REVOKED' });
});
