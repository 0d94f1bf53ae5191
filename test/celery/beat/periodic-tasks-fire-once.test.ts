import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { CeleryProcesses } from '../../helpers/celery-processes.js';
import { until } from '../../helpers/until.js';

t.test(
  'an entry of [celery.beat] is fired when it is due, and once, whenever the broker is killed',
  async (t) => {
    const file = join(tmpdir(), `pyros-beat-${process.pid}-${Date.now()}`);
    const entry = `tick = tests.tick every 150ms args ${JSON.stringify([file])}`;
    const processes = await CeleryProcesses.start({ beat: [entry] }, '-c', '1');
    t.teardown(async () => {
      await processes.end();
      await rm(file, { force: true });
    });
    const ids = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
    const more = async () => {
      const before = ids().length;
      await until(20_000, () => ids().length >= before + 3);
    };
    for (let kill = 1; kill <= 3; kill += 1) {
      await more();
      await processes.kill('task_broker');
      await processes.startBroker();
    }
    await more();
    // Each firing has an id of its own, made of its due time.
    t.equal(new Set(ids()).size, ids().length, `${ids().length} firings`);
  },
);

t.test('a mistake in [celery.beat] is told, and the broker does not start', async (t) => {
  const processes = await CeleryProcesses.prepare({ beat: ['tick = tests.tick each 5s'] });
  t.teardown(() => processes.end());
  await t.rejects(processes.startBroker(), { message: /has ended with 78/ });
  t.match(processes.log('task_broker'), /\[celery\.beat\] tick: found/);
});
