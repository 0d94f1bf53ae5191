import { join } from 'node:path';
import t from 'tap';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { until } from '../helpers/until.js';

const PATIENCE = { timeout: 25 };

t.test("a long line of a limited task stays at the broker, and is everybody's", async (t) => {
  const processes = await CeleryProcesses.start({ broker: ['max_queue_length = 310'] }, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  const slow = await app.control.rateLimit('tests.note', '1/h');
  t.match([...slow], [['worker@test', { ok: /set/ }]]);
  const file = join(processes.directory, 'notes');
  const calls = await Promise.all(
    Array.from({ length: 300 }, (_, index) => app.sendTask('tests.note', [file, String(index), 0])),
  );
  t.equal(await (await app.sendTask('tests.mul', [1, 2])).get(PATIENCE), 2, 'another task goes on');
  const [stats] = [...(await app.control.inspect('stats')).values()] as { prefetch_count: number }[];
  t.ok((stats?.prefetch_count ?? 1_000) <= 80);
  t.match(await app.broker.queues(), [{ scheduled: 0 }]);
  const [{ ready = 0, held = 300 } = {}] = await app.broker.queues();
  t.ok(held <= 80 && ready >= 200, `${held} held, ${ready} ready`);
  await t.rejects(Promise.all(Array.from({ length: 50 }, () => app.sendTask('tests.mul', [1, 2]))), {
    code: 'QUEUE_FULL',
  });
  const last = calls.at(-1);
  await last?.revoke();
  await t.rejects(last?.get(PATIENCE) ?? Promise.resolve(), { code: 'TASK_REVOKED' });
  // Without a limit of its own, the second takes what the first has sent back.
  await processes.startWorker('second', '-c', '1');
  const ends = await Promise.all(calls.slice(1, -1).map((one) => one.get(PATIENCE)));
  t.equal(ends.length, 298);
});

t.test('a limited task keeps its rate, also in a long line, and can be purged', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  const begun = performance.now();
  const calls = await Promise.all(Array.from({ length: 40 }, (_, n) => app.sendTask('tests.limited', [n])));
  const ends: number[] = [];
  await Promise.all(calls.map(async (one) => ends.push((await one.get(PATIENCE)) as number)));
  const tookMs = performance.now() - begun;
  t.ok(tookMs >= 39 * 50 - 20, `${tookMs} ms for 39 waits of 50 ms`);
  t.ok(tookMs < 15_000);
  t.same(
    ends.toSorted((a, b) => a - b),
    Array.from({ length: 40 }, (_, n) => n),
    'each once',
  );
  await app.control.rateLimit('tests.limited', '1/h');
  await Promise.all(Array.from({ length: 40 }, (_, n) => app.sendTask('tests.limited', [n])));
  await until(10_000, async () => (await app.broker.queues())[0]?.held === 0);
  t.ok((await app.control.purge('celery')) >= 39);
  t.match(await app.broker.queues(), [{ ready: 0, held: 0 }]);
});
