import t from 'tap';
import { Event, Lock, RLock, type Thread } from '../../src/threading/index.js';
import { AddUp, AddUpDeeply, addOne, Hold, TakeTurns, Try, WantAndSpin } from './threads.js';

const counter = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

async function runAll(threads: Thread[]): Promise<void> {
  for (const thread of threads) thread.start();
  await Promise.all(threads.map((thread) => thread.join()));
}

t.test('three threads and the main thread add up, and nothing is lost', async (t) => {
  const cells = counter();
  const lock = new Lock();
  const threads = [1, 2, 3].map(() => new AddUp({ args: [cells, lock, 20_000] }));
  const all = runAll(threads);
  for (let n = 0; n < 500; n += 1) await lock.withLock(() => addOne(cells));
  await all;
  t.equal(cells[0], 60_500);
  t.equal(lock.locked(), false);
});

t.test('two async functions of the main thread exclude each other', async (t) => {
  const lock = new Lock();
  let inside = 0;
  const work = () =>
    lock.withLock(async () => {
      inside += 1;
      t.equal(inside, 1);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    });
  await Promise.all([work(), work(), work()]);
});

t.test('a lock that is held is not acquired before its release', async (t) => {
  const lock = new Lock();
  const [held, done] = [new Event(), new Event()];
  const holder = new Hold({ args: [lock, held, done] }).start();
  await held.wait();
  t.equal(lock.locked(), true);
  t.equal(await lock.acquire(false), false);
  t.equal(lock.acquireSync(false), false);
  t.equal(await lock.acquire(true, 0.01), false, 'the time is up');
  const acquired = lock.acquire();
  done.set();
  t.equal(await acquired, true);
  lock.release();
  await holder.join();
});

t.test('who waits comes next and at once, also when the one before wants the lock again', async (t) => {
  const [wanted, held, rounds] = [new Event(), new Event(), 20];
  const lock = new Lock();
  const thread = new TakeTurns({ args: [lock, wanted, held, rounds] }).start();
  const startMs = performance.now();
  for (let n = 0; n < rounds; n += 1) {
    await held.wait();
    held.clear();
    const acquired = lock.acquire();
    wanted.set();
    await acquired;
    // The thread waits for the lock by now, or will.
    await new Promise((resolve) => setImmediate(resolve));
    lock.release();
  }
  await thread.join();
  // Without wake-ups it would take a second per round.
  t.ok(performance.now() - startMs < 10_000);
});

t.test('acquireSync gives up after its timeout; any thread may release a Lock', async (t) => {
  const lock = new Lock();
  await lock.acquire();
  const thread = new Try({ args: [lock, 0.01] }).start();
  await thread.join();
  t.same(thread.result, { taken: false, release: 'released' });
  t.throws(() => lock.release(), { code: 'LOCK_NOT_HELD' });
});

t.test('withLock releases after an error', async (t) => {
  const lock = new Lock();
  const fail = () => {
    throw new Error('inside');
  };
  await t.rejects(lock.withLock(fail), { message: 'inside' });
  t.equal(lock.locked(), false);
});

t.test('a thread that ends with a lock leaves it locked', async (t) => {
  const lock = new Lock();
  await new Hold({ args: [lock, new Event()] }).start().join();
  t.equal(await lock.acquire(false), false);
});

t.test('a lock that was kept for a thread which does not come goes to another', async (t) => {
  const [lock, there] = [new Lock(), new Event()];
  await lock.acquire();
  const thread = new WantAndSpin({ args: [lock, there] }).start();
  await there.wait();
  lock.release();
  t.equal(await lock.acquire(false), false, 'not at once');
  t.equal(await lock.acquire(true, 30), true);
  lock.release();
  await thread.terminate();
  t.equal(await lock.acquire(true, 30), true, 'nor does it matter when it is terminated');
});

t.test('an RLock is acquired again by its owner, and keeps others out until the last release', async (t) => {
  const lock = new RLock();
  t.equal(await lock.acquire(), true);
  t.equal(await lock.acquire(), true);
  t.equal(lock.acquireSync(false), true);
  lock.release();
  lock.release();
  t.equal(lock.isOwned(), true);
  const late = new Try({ args: [lock, 0.01] }).start();
  await late.join();
  t.same(late.result, { taken: false, release: 'RLOCK_NOT_OWNED' }, 'who is no owner may not release');
  lock.release();
  t.equal(lock.isOwned(), false);
  t.equal(lock.locked(), false);
  const next = new Try({ args: [lock, 30] }).start();
  await next.join();
  t.same(next.result, { taken: true, release: 'released' });
  t.throws(() => lock.release(), { code: 'RLOCK_NOT_OWNED', message: /nobody has/ });
});

t.test('the main thread waits for an RLock that another thread owns', async (t) => {
  const lock = new RLock();
  const [held, done] = [new Event(), new Event()];
  const holder = new Hold({ args: [lock, held, done] }).start();
  await held.wait();
  t.equal(await lock.acquire(true, 0.01), false);
  t.throws(() => lock.release(), {
    code: 'RLOCK_NOT_OWNED',
    message: new RegExp(`thread ${holder.ident} has`),
  });
  const acquired = lock.acquire();
  done.set();
  t.equal(await acquired, true);
  lock.release();
  await holder.join();
});

t.test('threads that acquire an RLock several times over lose nothing', async (t) => {
  const cells = counter();
  const lock = new RLock();
  await runAll([1, 2, 3].map(() => new AddUpDeeply({ args: [cells, lock, 5_000, 3] })));
  t.equal(cells[0], 15_000);
  t.equal(lock.locked(), false);
});
