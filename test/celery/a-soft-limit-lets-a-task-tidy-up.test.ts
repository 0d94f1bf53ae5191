import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SoftTimeLimitExceeded } from '../../src/celery/index.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { until } from '../helpers/until.js';

const PATIENCE = { timeout: 20 };
const SOFT = { softTimeLimit: 0.1 };

const isAlive = (pid: number) => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

t.test('at its soft limit a task', async (t) => {
  const processes = await CeleryProcesses.start({ celery: ['task_terminate_grace = 200ms'] }, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  const call = (name: string, args: unknown[], options = {}) =>
    app.sendTask(name, args, {}, { ...SOFT, ...options });
  const fileOf = (name: string) => join(processes.directory, name);

  t.test('that listens may tidy up, and end as it likes', async (t) => {
    const file = fileOf('careful');
    t.equal(await (await call('tests.careful', [file])).get(PATIENCE), 'tidied');
    t.match(readFileSync(file, 'utf8'), /closed/);
    const two = await call('tests.careful_of_two', [fileOf('two')]);
    t.equal(await two.get(PATIENCE), 'tidied', 'also by a signal made of its own');
  });

  t.test('whose wait was aborted has exceeded it', async (t) => {
    await t.rejects((await call('tests.nap', [600_000])).get(PATIENCE), SoftTimeLimitExceeded);
  });

  t.test('that does not listen is given up, and ends with its child', async (t) => {
    const file = fileOf('notes');
    await t.rejects((await call('tests.note', [file, 'a', 1_500])).get(PATIENCE), SoftTimeLimitExceeded);
    const pid = Number(readFileSync(file, 'utf8').split(' ')[3]);
    await until(10_000, () => !isAlive(pid));
    t.notMatch(readFileSync(file, 'utf8'), /end/);
    t.equal(await (await app.sendTask('tests.mul', [2, 3])).get(PATIENCE), 6, 'the next has another');
  });

  t.test('that listens and goes on is given up after its grace', async (t) => {
    const file = fileOf('stubborn');
    await t.rejects((await call('tests.stubborn', [file])).get(PATIENCE), SoftTimeLimitExceeded);
    t.equal(readFileSync(file, 'utf8'), 'heard\n');
    const hard = await call('tests.stubborn', [file], { timeLimit: 0.4 });
    await t.rejects(hard.get(PATIENCE), { code: 'TIME_LIMIT_EXCEEDED' }, 'or at its hard limit');
  });

  t.test('that is terminated may tidy up too, by a signal made of its own', async (t) => {
    const file = fileOf('terminated');
    const task = await app.sendTask('tests.careful_of_two', [file]);
    await until(10_000, () => existsSync(file));
    await task.revoke({ terminate: true });
    await t.rejects(task.get(PATIENCE), { code: 'TASK_REVOKED' });
    t.match(readFileSync(file, 'utf8'), /closed/);
  });
});
