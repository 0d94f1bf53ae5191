import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SenderPool } from '../../src/mesh/index.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { until } from '../helpers/until.js';

const PATIENCE = { timeout: 20 };

t.test('a task that fails without acknowledgement has failed, and is set aside', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  const file = join(processes.directory, 'file');
  const failed = await app.sendTask('tests.fail_late', [file]);
  await t.rejects(failed.get(PATIENCE), { message: /out of the field/ });
  const late = await app.sendTask('tests.fail_late', [file, 20_000], {}, { timeLimit: 0.1 });
  await t.rejects(late.get(PATIENCE), { code: 'TIME_LIMIT_EXCEEDED' });
  t.equal(readFileSync(file, 'utf8'), 'start\nstart\n', 'each ran once');
  t.match(await app.broker.queues(), [{ ready: 0, held: 0, scheduled: 0 }]);
  const pool = new SenderPool(processes.config);
  t.teardown(() => pool.close());
  const letters = () => pool.request('task_broker', 'Celery dead letters') as Promise<unknown[]>;
  await until(10_000, async () => (await letters()).length === 2);
  t.match(await letters(), [
    { id: late.id, queue: 'celery', reason: /TimeLimitExceeded/ },
    { id: failed.id, queue: 'celery', reason: /out of the field/ },
  ]);
});

t.test('without task_reject_on_worker_lost a late task whose child is lost has failed', async (t) => {
  const lines = { celery: ['task_reject_on_worker_lost = false'] };
  const processes = await CeleryProcesses.start(lines, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  const file = join(processes.directory, 'file');
  await t.rejects((await app.sendTask('tests.suicide_late', [file])).get(PATIENCE), { code: 'WORKER_LOST' });
  t.equal(readFileSync(file, 'utf8'), 'start false\n');
});
