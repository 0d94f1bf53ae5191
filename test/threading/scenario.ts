// A process that a test starts, with one scenario as its argument: what keeps a process alive, and what ends it.
import { Event, Lock } from '../../src/threading/index.js';
import { Fail, Hold, Print, Spin, WaitFor } from './threads.js';

/** A scenario that hangs ends by itself, even when the test that started it has gone. */
const LONGEST_MS = 20_000;
setTimeout(() => process.exit(99), LONGEST_MS).unref();

const SCENARIOS: Record<string, () => Promise<void>> = {
  async 'daemon that computes'() {
    const there = new Event();
    new Spin({ args: [there], daemon: true }).start();
    await there.wait();
  },
  async 'daemon that blocks'() {
    const there = new Event();
    new WaitFor({ args: [new Event(), there], daemon: true }).start();
    await there.wait();
  },
  async 'thread that prints'() {
    new Print({ args: [2_000] }).start();
  },
  async 'event that a daemon sets'() {
    const [go, there] = [new Event(), new Event()];
    new WaitFor({ args: [go, there, 0.1], daemon: true }).start();
    await there.wait();
    console.log('woken');
  },
  async 'event that nobody sets'() {
    console.log(await new Event().wait(0.05));
  },
  async 'lock that a daemon gives back'() {
    const [lock, held, done] = [new Lock(), new Event(), new Event()];
    new Hold({ args: [lock, held, done], daemon: true }).start();
    await held.wait();
    const acquired = lock.acquire();
    setImmediate(() => done.set());
    console.log(await acquired);
  },
  async 'join of a daemon'() {
    const thread = new WaitFor({ args: [new Event(), new Event(), 0.05], daemon: true }).start();
    await thread.join();
    console.log(thread.result);
  },
  async 'join that gives up'() {
    const thread = new WaitFor({ args: [new Event(), new Event()], daemon: true }).start();
    console.log(await thread.join(0.05));
  },
  async 'error that nobody waits for'() {
    new Fail({ name: 'guider' }).start();
    process.on('exit', (code) => console.log('still here', code));
  },
};

await SCENARIOS[process.argv[2] ?? '']?.();
console.log('end of main');
