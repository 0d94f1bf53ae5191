// A worker's gate for tasks with a rate, with a broker and a time that are played here.
import t from 'tap';
import { type RatedJob, RateGate } from '../../src/celery/worker/rate-gate.js';
import { ManualClock } from '../../src/clock/index.js';

const RATE = 20;
const INTERVAL_MS = 1000 / RATE;

/** A worker that takes all that comes, at a broker that delivers at once. */
class Line {
  readonly clock = new ManualClock();
  readonly started: { tag: number; atMs: number }[] = [];
  /** Most jobs that ever waited in the worker. */
  mostHeld = 0;
  readonly #gate = new RateGate<RatedJob>(
    (jobs) => this.#admit(jobs),
    (ms, callback) => this.clock.after(ms, callback),
  );
  #tag = 0;

  constructor() {
    this.#gate.set('a', RATE);
  }

  call(count: number, priority = 0): void {
    for (let n = 0; n < count; n += 1) {
      this.#tag += 1;
      this.#admit([{ name: 'a', tag: this.#tag, priority, admitted: false, hasTurn: false }]);
    }
  }

  get order(): number[] {
    return this.started.map(({ tag }) => tag);
  }

  #admit(jobs: RatedJob[]): void {
    for (const job of jobs) {
      const nowMs = this.clock.now();
      const delayMs = this.#gate.admit(job, nowMs);
      this.mostHeld = Math.max(this.mostHeld, this.#gate.held.length);
      if (delayMs === 0) this.started.push({ tag: job.tag, atMs: nowMs });
      else if (delayMs !== undefined) this.clock.after(delayMs, () => this.#admit([job]));
    }
  }
}

t.test('what comes while a long line waits does not overtake it', async (t) => {
  const line = new Line();
  line.call(200);
  for (let n = 0; n < 100; n += 1) {
    await line.clock.advance(37);
    line.call(1);
  }
  await line.clock.advance(20_000);
  const expected = Array.from({ length: 300 }, (_, n) => n + 1);
  t.same(line.order, expected);
  const { atMs: firstMs = 0 } = line.started[0] ?? {};
  const { atMs: lastMs = 0 } = line.started.at(-1) ?? {};
  const fewestMs = 299 * INTERVAL_MS;
  t.ok(lastMs - firstMs >= fewestMs - 20, 'the rate is kept');
  t.ok(lastMs - firstMs < 1.05 * fewestMs, `and used: ${lastMs - firstMs} ms for ${fewestMs} ms`);
  t.ok(line.mostHeld <= 4, 'few wait in the worker');
});

t.test('what is more urgent overtakes it', async (t) => {
  const line = new Line();
  line.call(300);
  await line.clock.advance(500);
  line.call(1, 9);
  await line.clock.advance(6_500);
  t.ok(line.order.includes(301), 'after those that have been promised their turns');
  t.ok(line.started.length < 200);
});

t.test('when nothing waits any more a call starts at once', async (t) => {
  const line = new Line();
  line.call(150);
  await line.clock.advance(10_000);
  t.equal(line.started.length, 150);
  line.call(1);
  t.equal(line.started.length, 151);
});
