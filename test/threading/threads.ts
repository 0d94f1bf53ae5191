// The threads that the tests of this folder start.
import {
  currentThread,
  Event,
  enumerate,
  type Lock,
  mainThread,
  type RLock,
  Thread,
  type ThreadParameters,
} from '../../src/threading/index.js';

/** A thread without the hooks of the test runner, which take a second to load in each. */
abstract class TestThread<Args extends unknown[] = unknown[], Result = unknown> extends Thread<Args, Result> {
  static override readonly module: string = import.meta.url;

  constructor(...[options]: ThreadParameters<Args>) {
    super(...([{ execArgv: [], ...options }] as unknown as ThreadParameters<Args>));
  }
}

/** Adds 1 to `cells[0]`, `times` times, reading and writing apart, so that only the lock keeps the sum right. */
export class AddUp extends TestThread<[cells: Int32Array, lock: Lock | RLock, times: number]> {
  override run(cells: Int32Array, lock: Lock | RLock, times: number): void {
    for (let n = 0; n < times; n += 1) lock.withLockSync(() => addOne(cells));
  }
}

/** As {@link AddUp}, and each time the lock is acquired `depth` times. */
export class AddUpDeeply extends TestThread<[cells: Int32Array, lock: RLock, times: number, depth: number]> {
  override run(cells: Int32Array, lock: RLock, times: number, depth: number): void {
    const deeper = (left: number): void =>
      left === 0 ? addOne(cells) : lock.withLockSync(() => deeper(left - 1));
    for (let n = 0; n < times; n += 1) deeper(depth);
  }
}

/** Adds 1 to `cells[0]`, as code that has no idea of other threads. */
export function addOne(cells: Int32Array): void {
  const before = cells[0] ?? 0;
  let busy = 0;
  for (let n = 0; n < 20; n += 1) busy += Math.sqrt(n);
  cells[0] = before + (busy > 0 ? 1 : 2);
}

/** Tells that it is there, waits for `event`, and returns what the wait did. */
export class WaitFor extends TestThread<[event: Event, there: Event, timeoutS?: number], boolean> {
  override run(event: Event, there: Event, timeoutS?: number): boolean {
    there.set();
    return event.waitSync(timeoutS);
  }
}

/** As {@link WaitFor}, by the promise. */
export class WaitForByPromise extends TestThread<[event: Event, there: Event], boolean> {
  override run(event: Event, there: Event): Promise<boolean> {
    there.set();
    return event.wait();
  }
}

/** Takes the lock, tells it, and gives it back when `done` is set; without `done` it ends with the lock. */
export class Hold extends TestThread<[lock: Lock | RLock, held: Event, done?: Event]> {
  override run(lock: Lock | RLock, held: Event, done?: Event): void {
    lock.acquireSync();
    held.set();
    if (!done) return;
    done.waitSync();
    lock.release();
  }
}

/** Answers each `ping` with a `pong`, `times` times. */
export class Answer extends TestThread<[ping: Event, pong: Event, times: number]> {
  override run(ping: Event, pong: Event, times: number): void {
    for (let n = 0; n < times; n += 1) {
      ping.waitSync();
      ping.clear();
      pong.set();
    }
  }
}

/** Takes the lock, tells it by `held`, and gives it back when it is `wanted`, `times` times. */
export class TakeTurns extends TestThread<[lock: Lock, wanted: Event, held: Event, times: number]> {
  override run(lock: Lock, wanted: Event, held: Event, times: number): void {
    for (let n = 0; n < times; n += 1) {
      lock.acquireSync();
      held.set();
      wanted.waitSync();
      wanted.clear();
      lock.release();
    }
  }
}

/** Tries to take the lock and to release it, and returns what came of it. */
export class Try extends TestThread<
  [lock: Lock | RLock, timeoutS: number],
  { taken: boolean; release: string }
> {
  override run(lock: Lock | RLock, timeoutS: number): { taken: boolean; release: string } {
    const taken = lock.acquireSync(true, timeoutS);
    try {
      lock.release();
      return { taken, release: 'released' };
    } catch (error) {
      return { taken, release: String(error instanceof Error && 'code' in error && error.code) };
    }
  }
}

/** Computes until it is stopped; never looks at anything else. */
export class Spin extends TestThread<[there: Event]> {
  override run(there: Event): never {
    for (there.set(); ; );
  }
}

/** Asks for the lock by the promise, tells it, and never comes round to take it. */
export class WantAndSpin extends TestThread<[lock: Lock, there: Event]> {
  override run(lock: Lock, there: Event): never {
    void lock.acquire();
    for (there.set(); ; );
  }
}

/** Returns its arguments. */
export class Echo extends TestThread<unknown[], unknown[]> {
  override run(...args: unknown[]): unknown[] {
    return args;
  }
}

/** Sets each event that it finds as `args[0].deep.list[1]`, and says whether the two are the same object. */
export class SetDeep extends TestThread<[data: { deep: { list: unknown[] } }, same: unknown], boolean[]> {
  override run(data: { deep: { list: unknown[] } }, same: unknown): boolean[] {
    const found = data.deep.list[1];
    if (found instanceof Event) found.set();
    return [found instanceof Event, found === same];
  }
}

class StarError extends TypeError {
  readonly code = 'STAR_LOST';
}

/** Throws: an error of a class of its own, with a code and a cause, or `thrown`. */
export class Fail extends TestThread<[thrown?: string]> {
  override run(thrown?: string): void {
    if (thrown !== undefined) throw thrown;
    throw new StarError('no guide star', { cause: new RangeError('magnitude 25') });
  }
}

/** Throws where `run` cannot catch it. */
export class FailLater extends TestThread {
  override async run(): Promise<void> {
    setImmediate(() => {
      throw new Error('later');
    });
    await new Event().wait();
  }
}

/** Calls `process.exit`. */
export class Exit extends TestThread<[code: number]> {
  override run(code: number): void {
    process.exit(code);
  }
}

/** Waits for a promise that nothing settles. */
export class Forget extends TestThread {
  override run(): Promise<void> {
    return new Promise(() => {});
  }
}

/** Fills its memory. */
export class Hoard extends TestThread {
  override run(): never {
    for (const hoard: unknown[] = []; ; ) hoard.push(new Array(10_000).fill({}));
  }
}

/** Returns what cannot be cloned. */
export class ReturnFunction extends TestThread<[], () => void> {
  override run(): () => void {
    return () => {};
  }
}

/** Leaves a timer behind, which must not keep it. */
export class LeaveTimer extends TestThread<[], string> {
  override run(): string {
    setInterval(() => {}, 1_000);
    return 'returned';
  }
}

/** Says who it is. */
export class WhoAmI extends TestThread<[], Record<string, unknown>> {
  readonly field = 'set by the class';

  override run(): Record<string, unknown> {
    return {
      current: currentThread() === this,
      name: this.name,
      ident: this.ident,
      daemon: this.daemon,
      alive: this.isAlive(),
      field: this.field,
      listed: enumerate().map((thread) => thread.name),
      main: [mainThread().name, mainThread().ident, mainThread().isAlive()],
    };
  }
}

/** Starts a thread of its own and returns without waiting for it. */
export class StartAnother extends TestThread<[go: Event, cells: Int32Array, lock: Lock], boolean> {
  override run(go: Event, cells: Int32Array, lock: Lock): boolean {
    return new AddUpAfter({ args: [go, cells, lock] }).start().daemon;
  }
}

/** Waits for `go`, then adds up. */
export class AddUpAfter extends TestThread<[go: Event, cells: Int32Array, lock: Lock]> {
  override run(go: Event, cells: Int32Array, lock: Lock): void {
    go.waitSync();
    lock.withLockSync(() => addOne(cells));
  }
}

/** Its constructor keeps the options to itself. */
export class BadConstructor extends TestThread {
  constructor(readonly keeps: unknown) {
    super({ args: [1] });
  }

  override run(): void {}
}

/** Its module is not there. */
export class NoSuchModule extends TestThread {
  static override readonly module: string = new URL('./no-such-module.js', import.meta.url).href;

  override run(): void {}
}

/** Has no module. */
export class NoModule extends Thread {
  override run(): void {}
}

/** Prints, and ends at once. */
export class Print extends TestThread<[lines: number]> {
  override run(lines: number): void {
    for (let n = 1; n <= lines; n += 1) console.log(`line ${n}`);
  }
}
