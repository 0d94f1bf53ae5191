import { join } from 'node:path';
import t from 'tap';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { until } from '../helpers/until.js';
import { runPyros } from '../scripts/run-pyros.js';

const PATIENCE = { timeout: 20 };

t.test('workers answer questions and obey commands', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  const ask = async (question: string, args = {}) =>
    (await app.control.inspect(question, args)).get('worker@test');
  const pyros = (...words: string[]) => runPyros('celery', ...words, '--config', processes.config.file);

  t.test('about themselves', async (t) => {
    t.same(await ask('ping'), { ok: 'pong' });
    t.match(await ask('registered'), /tests\.limited \[rate_limit=20\/s\]/);
    t.match(await ask('stats'), { pid: processes.process('worker').pid, pool: { 'max-concurrency': 1 } });
    t.match(await ask('active_queues'), [{ name: 'celery' }]);
    t.match(await ask('nonsense'), { error: /KeyError/ });
    t.same([...(await app.control.ping({ destination: ['nobody@test'] }))], []);
    t.equal((await app.control.ping({ pattern: 'work*' })).size, 1);
    t.equal((await app.control.ping({ pattern: '^w.r', matcher: 'pcre' })).size, 1);
  });

  t.test('about their tasks', async (t) => {
    const running = await app.sendTask('tests.sleep', [60_000]);
    const later = await app.sendTask('tests.mul', [1, 2], {}, { countdown: 3600 });
    await until(10_000, async () => ((await ask('active')) as unknown[]).length === 1);
    t.match(await ask('active'), [
      { id: running.id, name: 'tests.sleep', args: '[60000]', acknowledged: true },
    ]);
    t.match(await ask('scheduled'), [{ request: { id: later.id, name: 'tests.mul' } }]);
    t.match(await ask('query_task', { ids: [running.id] }), { [running.id]: ['active', { id: running.id }] });
    await app.control.terminate([running.id, later.id]);
    t.same(new Set((await ask('revoked')) as string[]), new Set([running.id, later.id]));
    await t.rejects(running.get(PATIENCE), { code: 'TASK_REVOKED' });
  });

  t.test('queues are added and taken away, children too', async (t) => {
    const call = await app.sendTask('tests.mul', [5, 5], {}, { queue: 'new_q' });
    t.match([...(await app.control.addConsumer('new_q')).values()], [{ ok: 'add consumer new_q' }]);
    t.equal(await call.get(PATIENCE), 25);
    await app.control.cancelConsumer('new_q');
    t.match(await ask('active_queues'), [{ name: 'celery' }]);
    t.match([...(await app.control.poolGrow()).values()], [{ ok: 'pool will grow' }]);
    const file = join(processes.directory, 'two');
    const two = await Promise.all([1, 2].map(() => app.sendTask('tests.careful', [file])));
    await until(10_000, async () => ((await ask('active')) as unknown[]).length === 2);
    await app.control.terminate(two.map(({ id }) => id));
    await Promise.all(two.map((one) => t.rejects(one.get(PATIENCE), { code: 'TASK_REVOKED' })));
    t.match([...(await app.control.poolShrink()).values()], [{ ok: 'pool will shrink' }]);
    t.match([...(await app.control.poolShrink()).values()], [{ error: /at least 1/ }]);
    t.match([...(await app.control.timeLimit('tests.spin', 1, 0.2)).values()], [{ ok: /set/ }]);
    const spin = await app.sendTask('tests.spin', [30_000]);
    await t.rejects(spin.get(PATIENCE), { code: 'TIME_LIMIT_EXCEEDED' });
  });

  t.test('events are told to those who listen', async (t) => {
    const types: unknown[] = [];
    const stop = new AbortController();
    const listening = app.broker
      .events((events) => types.push(...events.map(({ type }) => type)), stop.signal)
      .catch(() => undefined);
    await until(10_000, () => types.includes('worker-online'));
    await (await app.sendTask('tests.noop')).get(PATIENCE);
    await until(10_000, () => types.includes('task-succeeded'));
    t.ok(['task-received', 'task-started'].every((type) => types.includes(type)));
    stop.abort();
    await listening;
  });

  t.test('on the command line', async (t) => {
    const call = await pyros('call', 'tests.mul', '-a', '[6,7]', '--countdown', '0.01');
    const id = call.stdout.trim();
    t.same(await pyros('result', id, '--wait', '20'), { code: 0, stdout: 'SUCCESS 42\n', stderr: '' });
    t.match(await pyros('status'), { code: 0, stdout: /^worker@test: OK\n\n1 node online.\n$/ });
    t.match(await pyros('inspect', 'ping', '--json'), { stdout: '{"worker@test":{"ok":"pong"}}\n' });
    t.match(await pyros('list', 'queues'), { stdout: /QUEUE .*\ncelery +0 / });
    await app.sendTask('tests.mul', [1, 1], {}, { queue: 'idle_q' });
    t.match(await pyros('purge', '-Q', 'idle_q'), { stdout: 'idle_q: 1 task dropped\n' });
    t.match(await pyros('control', 'revoke', 'some-id'), { code: 0, stdout: 'some-id: revoked\n' });
    t.match(await pyros('call', 'tests.mul', '-a', '{}'), { code: 64, stderr: /expected a list/ });
    t.match(await pyros('control', 'shutdown'), { code: 0, stdout: /shutting down/ });
    await until(10_000, () => processes.process('worker').exitCode === 0);
    t.match(await pyros('status'), { code: 1 });
  });
});

t.test('threads and the worker itself run tasks too', async (t) => {
  const processes = await CeleryProcesses.start({}, '-P', 'threads', '-c', '2');
  t.teardown(() => processes.end());
  await processes.startWorker('alone', '-P', 'solo', '-Q', 'solo_q');
  const app = processes.app();
  const alone = { queue: 'solo_q' };
  t.equal(await (await app.sendTask('tests.mul', [2, 3])).get(PATIENCE), 6);
  t.equal(await (await app.sendTask('tests.mul', [3, 4], {}, alone)).get(PATIENCE), 12);
  await t.rejects((await app.sendTask('tests.fail', ['no'], {}, alone)).get(PATIENCE), { message: 'no' });
  t.equal(CeleryProcesses.childrenOf(processes.process('worker').pid ?? 0).length, 0);
  const spin = await app.sendTask('tests.spin', [60_000]);
  const sleep = await app.sendTask('tests.sleep', [60_000]);
  const running = async () => ((await app.control.inspect('active')).get('worker@test') as unknown[]).length;
  await until(10_000, async () => (await running()) === 2);
  await app.control.terminate([spin.id, sleep.id]);
  await t.rejects(spin.get(PATIENCE), { code: 'TASK_REVOKED' });
  await t.rejects(sleep.get(PATIENCE), { code: 'TASK_REVOKED' });
  const careful = await app.sendTask('tests.careful', [join(processes.directory, 'careful')], {}, alone);
  const active = async () => ((await app.control.inspect('active')).get('alone@test') as unknown[]).length;
  await until(10_000, async () => (await active()) === 1);
  await app.control.terminate(careful.id);
  await t.rejects(careful.get(PATIENCE), { code: 'TASK_REVOKED' });
  t.equal(await (await app.sendTask('tests.mul', [4, 5])).get(PATIENCE), 20);
  t.equal(await (await app.sendTask('tests.mul', [5, 5], {}, alone)).get(PATIENCE), 25);
  await Promise.all([processes.kill('worker', 'SIGTERM'), processes.kill('alone', 'SIGTERM')]);
  t.same([processes.process('worker').exitCode, processes.process('alone').exitCode], [0, 0]);
});
