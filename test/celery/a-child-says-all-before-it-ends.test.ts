import { Duplex } from 'node:stream';
import t from 'tap';
import { Frames } from '../../src/celery/worker/frames.js';

/** A pipe whose reader is busy: what is written to it leaves when it is told. */
class SlowPipe extends Duplex {
  left = 0;
  #leave: (() => void)[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#leave.push(() => {
      this.left += chunk.length;
      done();
    });
  }

  letGo(): void {
    for (const leave of this.#leave.splice(0)) leave();
  }
}

for (const [what, bytes] of Object.entries({ little: 10, 'a lot': 1_000_000 })) {
  t.test(`a child ends when ${what} has left, and not before`, async (t) => {
    const pipe = new SlowPipe();
    const frames = new Frames(
      pipe,
      () => {},
      () => {},
    );
    frames.send('x'.repeat(bytes));
    let isSent = false;
    frames.whenSent(() => {
      isSent = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    t.notOk(isSent);
    while (!isSent && pipe.writableLength > 0) {
      pipe.letGo();
      await new Promise((resolve) => setImmediate(resolve));
    }
    pipe.letGo();
    await new Promise((resolve) => setImmediate(resolve));
    t.ok(isSent);
    t.ok(pipe.left > bytes);
  });
}

t.test('a child whose worker has gone ends at once', (t) => {
  const pipe = new SlowPipe();
  const frames = new Frames(
    pipe,
    () => {},
    () => {},
  );
  frames.send('x');
  pipe.destroy();
  frames.whenSent(() => t.end());
});
