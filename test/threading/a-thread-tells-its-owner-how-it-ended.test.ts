import t from 'tap';
import { Event, setExcepthook, type ThreadingError } from '../../src/threading/index.js';
import { Echo, Exit, Fail, FailLater, Forget, Hoard, LeaveTimer, ReturnFunction, Spin } from './threads.js';

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it did not reject'),
    (error) => error,
  );
}

t.test('join resolves when run has returned, and result is a copy of what it returned', async (t) => {
  const thread = new Echo({ args: ['M31', { magnitude: 3.4 }] });
  t.equal(thread.isAlive(), false);
  t.equal(thread.start(), thread);
  t.equal(thread.isAlive(), true);
  t.equal(thread.result, undefined);
  t.equal(await thread.join(), true);
  t.equal(thread.isAlive(), false);
  t.same(thread.result, ['M31', { magnitude: 3.4 }]);
  t.equal(await thread.join(0), true, 'join again');
});

t.test('a thread ends with run, whatever timers it leaves', async (t) => {
  const thread = new LeaveTimer().start();
  t.equal(await thread.join(), true);
  t.equal(thread.result, 'returned');
});

t.test('what run throws rejects every join, with name, code, stack and cause', async (t) => {
  const thread = new Fail({ name: 'guider' }).start();
  const errors = await Promise.all([errorOf(thread.join()), errorOf(thread.join())]);
  t.equal(errors[0], errors[1]);
  t.match(errors[0], { code: 'THREAD_FAILED', message: 'thread "guider" failed: no guide star' });
  const cause = errors[0]?.cause;
  t.match(cause, {
    name: 'TypeError',
    code: 'STAR_LOST',
    cause: { name: 'RangeError', message: 'magnitude 25' },
  });
  t.match(cause, { stack: /Fail\.run .*threads\.[jt]s/ });
  t.equal(await errorOf(thread.join()), errors[0], 'a late join too');
  t.equal(thread.result, undefined);
});

t.test('what is thrown and is no Error arrives as one', async (t) => {
  const error = await errorOf(new Fail({ args: ['clouds'] }).start().join());
  t.match(error, { code: 'THREAD_FAILED', cause: { message: 'clouds' } });
});

t.test('an error in a callback of the thread ends it too', async (t) => {
  const error = await errorOf(new FailLater().start().join());
  t.match(error, { code: 'THREAD_FAILED', cause: { message: 'later' } });
});

t.test('an error that nobody waits for goes to a listener, else to the excepthook', async (t) => {
  const hooked: string[] = [];
  const before = setExcepthook((name, error) => {
    hooked.push(`${name} ${error.code}`);
    over.set();
  });
  t.teardown(() => setExcepthook(before));
  const over = new Event();
  const heard = new Promise<ThreadingError>((resolve) => new Fail({ name: 'a' }).onError(resolve).start());
  t.match(await heard, { code: 'THREAD_FAILED' });
  t.same(hooked, []);
  new Fail({ name: 'b' }).start();
  await over.wait();
  t.same(hooked, ['b THREAD_FAILED']);
});

t.test('an excepthook that throws does not hide the error', async (t) => {
  const over = new Event();
  const before = setExcepthook(() => {
    over.set();
    throw new Error('bad hook');
  });
  t.teardown(() => setExcepthook(before));
  const printed = t.capture(console, 'error');
  new Fail({ name: 'guider' }).start();
  await over.wait();
  t.match(printed.args(), [
    ['Exception in thread guider:', { code: 'THREAD_FAILED' }],
    ['Exception in the excepthook:', { message: 'bad hook' }],
  ]);
});

t.test('a thread that ends without returning is an error', async (t) => {
  const exited = errorOf(new Exit({ args: [3], name: 'x' }).start().join());
  const forgot = errorOf(new Forget().start().join());
  t.match(await exited, { code: 'THREAD_EXITED', message: /"x" ended with exit code 3/ });
  t.match(await forgot, { code: 'THREAD_EXITED', message: /exit code \d+/ });
});

t.test('a thread that runs out of memory ends alone', async (t) => {
  const error = await errorOf(new Hoard({ maxMemoryMb: 16 }).start().join());
  t.match(error, { code: 'THREAD_OUT_OF_MEMORY' });
});

t.test('a result that cannot be cloned is an error', async (t) => {
  t.match(await errorOf(new ReturnFunction().start().join()), { code: 'THREAD_NOT_CLONEABLE' });
});

t.test('join with a timeout gives up on a thread that never ends, and terminate ends it', async (t) => {
  const there = new Event();
  const thread = new Spin({ args: [there] }).start();
  await there.wait();
  t.equal(await thread.join(0.01), false);
  t.equal(thread.isAlive(), true);
  const joined = errorOf(thread.join());
  await thread.terminate();
  t.equal(thread.isAlive(), false);
  t.match(await joined, { code: 'THREAD_TERMINATED' });
  await t.resolves(thread.terminate(), 'again does no harm');
});
