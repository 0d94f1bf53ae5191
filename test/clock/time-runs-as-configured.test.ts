import t from 'tap';
import {
  clockOrigin,
  eveningOf,
  longTimer,
  ManualClock,
  observatoryClock,
  RealClock,
  wallClockMs,
} from '../../src/clock/index.js';

const BASE = {
  mode: 'simulated',
  start: 'evening',
  rate: 10,
  origin: 'launch',
  longitudeDeg: -115.4637,
} as const;

t.test('two processes with one origin show the same simulated time', async (t) => {
  const origin = { realMs: wallClockMs() - 60_000, simulatedMs: Date.UTC(2026, 2, 20, 5) };
  const [a, b] = [observatoryClock({ ...BASE, origin }), observatoryClock({ ...BASE, origin })];
  t.ok(Math.abs(a.now() - b.now()) < 100);
  t.ok(Math.abs(a.now() - Date.UTC(2026, 2, 20, 5, 10)) < 2000, 'ten times as fast as the wall clock');
});

t.test('the evening is at 21:00 mean solar time of the site, today', async (t) => {
  const noonUtc = Date.UTC(2026, 10, 23, 12);
  t.equal(eveningOf(noonUtc, 0), Date.UTC(2026, 10, 23, 21));
  t.equal(eveningOf(noonUtc, 90), Date.UTC(2026, 10, 23, 15));
  t.equal(eveningOf(noonUtc, -90), Date.UTC(2026, 10, 24, 3));
  t.equal(eveningOf(Date.UTC(2026, 10, 24, 4), -90), Date.UTC(2026, 10, 24, 3), 'it is still the 23rd there');
  t.match(clockOrigin({ ...BASE, origin: noonUtc }), {
    realMs: noonUtc,
    simulatedMs: eveningOf(noonUtc, -115.4637),
  });
});

t.test('the system clock is the system clock', async (t) => {
  const clock = observatoryClock({ ...BASE, mode: 'system' });
  t.ok(Math.abs(clock.now() - Date.now()) < 20);
});

t.test('a fast clock sleeps for a fraction, and a sleep can be given up', async (t) => {
  const clock = new RealClock({ realMs: wallClockMs(), simulatedMs: 0 }, 1000);
  const before = clock.now();
  await clock.sleep(20_000);
  t.ok(clock.now() - before >= 19_000);
  const stop = new AbortController();
  const sleeping = clock.sleep(3_600_000_000, stop.signal);
  stop.abort(new Error('enough'));
  await t.rejects(sleeping, /enough/);
  await t.rejects(clock.sleep(1, stop.signal), /enough/);
});

t.test('a wait may be longer than the timers of Node', async (t) => {
  const rang: string[] = [];
  const timers = [2 ** 31, 100 * 86_400_000, Number.POSITIVE_INFINITY].map((ms) =>
    longTimer(ms, () => rang.push(String(ms))),
  );
  await new Promise((resolve) => longTimer(30, () => resolve(undefined)));
  t.same(rang, []);
  for (const timer of timers) timer.cancel();
});

t.test('a manual clock stands still until it is told', async (t) => {
  const clock = new ManualClock(0);
  const order: string[] = [];
  clock.after(200, () => order.push(`late at ${clock.now()}`));
  clock.after(100, () => order.push(`early at ${clock.now()}`));
  clock.after(150, () => order.push('cancelled')).cancel();
  const slept = clock.sleep(120).then(() => order.push(`slept at ${clock.now()}`));
  t.equal(clock.pending, 3);
  await clock.advance(150);
  await slept;
  t.same(order, ['early at 100', 'slept at 120']);
  await clock.advance(1000);
  t.same(order, ['early at 100', 'slept at 120', 'late at 200']);
  t.equal(clock.now(), 1150);
});
