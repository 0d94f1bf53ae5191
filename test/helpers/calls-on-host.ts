// A process on a host of a test that calls a task many times, and tells how all have ended: <config> <task> <file> <count> <ms>.
import { Celery } from '../../src/celery/index.js';
import { loadConfig } from '../../src/config/index.js';
import { errorCode } from '../../src/errors/index.js';

/** What it prints: how many have ended how. */
export type Ends = Record<string, number>;

const PATIENCE = { timeout: 60 };

if (process.send) {
  const [, , config = '', task = '', file = '', count = '', ms = ''] = process.argv;
  const app = new Celery('caller', { config: loadConfig(config) });
  const calls = Array.from({ length: Number(count) }, (_, n) =>
    app.sendTask(task, [file, String(n), Number(ms)]),
  );
  const ends: Ends = {};
  await Promise.all(
    calls.map(async (call) => {
      const end = await call
        .then((result) => result.get(PATIENCE))
        .then(
          () => 'SUCCESS',
          (error: unknown) => errorCode(error) ?? String(error),
        );
      ends[end] = (ends[end] ?? 0) + 1;
    }),
  );
  app.close();
  process.send(ends, () => process.disconnect());
}
