import t from 'tap';
import { currentThread, Event, Lock, mainThread, Thread, TIMEOUT_MAX_S } from '../../src/threading/index.js';
import { BadConstructor, Echo, NoModule, NoSuchModule } from './threads.js';

class NotExported extends Thread {
  static override readonly module: string = new URL('./threads.js', import.meta.url).href;

  override run(): void {}
}

t.test('a thread is started once', async (t) => {
  const thread = new Echo().start();
  t.throws(() => thread.start(), { code: 'THREAD_ALREADY_STARTED' });
  await thread.join();
  t.throws(() => thread.start(), { code: 'THREAD_ALREADY_STARTED', message: /Echo-\d+/ });
  t.throws(() => mainThread().start(), { code: 'THREAD_ALREADY_STARTED' });
});

t.test('a thread is joined after its start, and not by itself', async (t) => {
  await t.rejects(new Echo().join(), { code: 'THREAD_NOT_STARTED' });
  await t.rejects(new Echo().terminate(), { code: 'THREAD_NOT_STARTED' });
  await t.rejects(currentThread().join(), { code: 'THREAD_NOT_OWNED' });
});

t.test('arguments that cannot be cloned are refused at the start', async (t) => {
  t.throws(() => new Echo({ args: [() => 1] }).start(), { code: 'THREAD_NOT_CLONEABLE' });
  t.throws(() => new Echo({ args: [new Echo()] }).start(), { code: 'THREAD_NOT_CLONEABLE' });
});

t.test('a class that cannot be found in the thread is an error that says why', async (t) => {
  t.throws(() => new NoModule().start(), { code: 'THREAD_CLASS_INVALID', message: /import\.meta\.url/ });
  await t.rejects(new NotExported({ execArgv: [] }).start().join(), {
    code: 'THREAD_CLASS_INVALID',
    message: /threads\.js exports no Thread class "NotExported"/,
  });
  await t.rejects(new BadConstructor(1).start().join(), {
    code: 'THREAD_CLASS_INVALID',
    message: /constructor of BadConstructor/,
  });
  await t.rejects(new NoSuchModule().start().join(), {
    code: 'THREAD_START_FAILED',
    message: /no-such-module/,
  });
});

t.test('what Node or we cannot make a worker with is refused', async (t) => {
  const flags = new Echo({ execArgv: ['--no-such-flag'] });
  t.throws(() => flags.start(), { code: 'THREAD_START_FAILED', message: /no-such-flag/ });
  for (const maxMemoryMb of [0, -1, Number.NaN]) {
    t.throws(() => new Echo({ maxMemoryMb }), { code: 'THREADING_ARGUMENT_INVALID' });
  }
});

t.test('blocking waits are refused on the main thread, and say what to use', async (t) => {
  const refused = { code: 'BLOCKING_ON_MAIN_THREAD' };
  t.throws(() => new Event().waitSync(0), { ...refused, message: /await event\.wait/ });
  t.throws(() => new Lock().acquireSync(), { ...refused, message: /await lock\.acquire/ });
  t.throws(() => new Lock().withLockSync(() => 1), refused);
  t.equal(new Lock().acquireSync(false), true, 'what does not wait is allowed');
});

t.test('timeouts are checked', async (t) => {
  const invalid = { code: 'THREADING_ARGUMENT_INVALID' };
  for (const timeoutS of [Number.NaN, Number.POSITIVE_INFINITY, TIMEOUT_MAX_S + 1]) {
    await t.rejects(new Event().wait(timeoutS), invalid);
    await t.rejects(new Lock().acquire(true, timeoutS), invalid);
  }
  await t.rejects(new Lock().acquire(true, -2), invalid);
  await t.rejects(new Lock().acquire(false, 1), invalid);
  t.equal(await new Event().wait(-1), false, 'a negative timeout of wait is 0, as in Python');
});
