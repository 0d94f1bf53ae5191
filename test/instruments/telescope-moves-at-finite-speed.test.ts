import t from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import { SimulatedTelescope } from '../../src/instruments/index.js';
import { AxisMove } from '../../src/instruments/simulator/axis-move.js';
import { equatorialFromHorizontal, horizontal, separationDeg } from '../../src/sky/index.js';

const SITE = { name: 'OHP', latitudeDeg: 43.9316, longitudeDeg: 5.7122, altitudeM: 650 };
const ARCSEC = 1 / 3600;

function build(options = {}) {
  const clock = new ManualClock(Date.parse('2026-03-04T21:30:00Z'));
  const telescope = new SimulatedTelescope(clock, SITE, { jitterArcsec: 0.3, ...options });
  const at = (altitudeDeg: number, azimuthDeg: number) =>
    equatorialFromHorizontal(SITE, { altitudeDeg, azimuthDeg }, clock.now());
  return { clock, telescope, at };
}

t.test('it rests at its park position until it is sent somewhere', async (t) => {
  const { clock, telescope } = build();
  await clock.advance(3_600_000);
  const { altitudeDeg, azimuthDeg, airmass, hourAngleDeg } = telescope.position();
  t.ok(Math.abs(altitudeDeg - 45) < 1e-6 && Math.abs(azimuthDeg - 180) < 1e-6);
  t.ok(Math.abs((airmass ?? 0) - 1.413) < 0.001 && Math.abs(hourAngleDeg) < 1e-6);
  t.match(telescope, { state: 'PARKED', target: undefined });
  t.equal(telescope.separationDeg(), undefined);
  t.equal(telescope.etaS(), 0);
  await telescope.stop();
  t.equal(telescope.state, 'PARKED', 'a stop leaves it parked');
});

t.test('a move takes the time of its longer axis, and then it settles', async (t) => {
  const { clock, telescope, at } = build();
  const target = at(60, 90);
  const done = telescope.goto(target);
  // 90 deg at 10 deg/s, 2 s more to speed up and brake, 1 s to settle.
  t.ok(Math.abs(telescope.etaS() - 12) < 0.02, `${telescope.etaS()}`);
  t.match(telescope, { state: 'MOVING', target });
  await clock.advance(5_000);
  const { azimuthDeg } = telescope.position();
  // 10 deg in the first 2 s, 30 in the next 3.
  t.ok(Math.abs(azimuthDeg - 140) < 0.01, `${azimuthDeg}`);
  t.ok((telescope.separationDeg() ?? 0) > 20);
  await clock.advance(6_500);
  t.equal(telescope.state, 'MOVING', 'settling is part of the move');
  t.ok((telescope.separationDeg() ?? 9) < 1 * ARCSEC, 'though it is there');
  await clock.advance(1_000);
  await done;
  t.equal(telescope.state, 'TRACKING');
  t.equal(telescope.etaS(), 0);
});

t.test('it goes the short way through north', async (t) => {
  const { clock, telescope, at } = build({ park: { altitudeDeg: 45, azimuthDeg: 350 } });
  const done = telescope.goto(at(45, 10));
  t.ok(telescope.etaS() < 6, `${telescope.etaS()}`);
  await clock.advance(2_400);
  const { azimuthDeg } = telescope.position();
  t.ok(azimuthDeg > 350 || azimuthDeg < 10, `${azimuthDeg}`);
  await clock.advance(10_000);
  await done;
});

t.test('it follows a star for an hour, within its jitter, the same each time', async (t) => {
  const { clock, telescope, at } = build();
  const target = at(50, 120);
  const done = telescope.goto(target);
  await clock.advance(60_000);
  await done;
  const before = telescope.position();
  const errors: number[] = [];
  for (let minute = 0; minute < 60; minute += 1) {
    await clock.advance(60_000);
    errors.push((telescope.separationDeg() ?? 1) / ARCSEC);
  }
  const rms = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
  t.ok(rms > 0.2 && rms < 0.4, `${rms} arcsec`);
  t.ok(Math.max(...errors) < 0.75);
  const after = telescope.position();
  t.ok(after.altitudeDeg - before.altitudeDeg > 7, 'the sky has turned');
  t.ok(Math.abs(after.hourAngleDeg - before.hourAngleDeg - 15.04) < 0.01, 'by an hour');
  t.ok(Math.abs(horizontal(SITE, target, clock.now()).altitudeDeg - after.altitudeDeg) < 1 * ARCSEC);

  const twin = new SimulatedTelescope(clock, SITE);
  const again = twin.goto(target);
  await clock.advance(60_000);
  await again;
  t.same(twin.position(), telescope.position());
  const other = new SimulatedTelescope(clock, SITE, { seed: 2 });
  other.goto(target).catch(t.fail);
  await clock.advance(60_000);
  t.not(separationDeg(other.position(), telescope.position()), 0, 'another seed, another jitter');
});

t.test('a new goto supersedes the running one, without a jump', async (t) => {
  const { clock, telescope, at } = build();
  const first = telescope.goto(at(45, 90));
  const outcome = t.rejects(first, { code: 'ABORTED', number: 1302, message: /ended by a new goto/ });
  await clock.advance(4_000);
  const before = telescope.position();
  const target = at(45, 179);
  const second = telescope.goto(target);
  await outcome;
  t.ok(separationDeg(telescope.position(), before) < 1 * ARCSEC, 'it stands where it stood');
  await clock.advance(100);
  const moved = before.azimuthDeg - telescope.position().azimuthDeg;
  t.ok(moved > 0.9 && moved < 1, `and first goes on the old way while it brakes: ${moved}`);
  await clock.advance(20_000);
  await second;
  t.match(telescope, { state: 'TRACKING', target });
});

t.test('a stop brakes, and then the sky turns past it', async (t) => {
  const { clock, telescope, at } = build();
  const outcome = t.rejects(telescope.goto(at(45, 90)), { code: 'ABORTED', message: /a stop/ });
  await clock.advance(4_000);
  const stops = [telescope.stop(), telescope.stop()];
  await outcome;
  t.match(telescope, { state: 'MOVING', target: undefined });
  t.ok(Math.abs(telescope.etaS() - 2) < 0.01, 'from 10 deg/s by 5 deg/s2');
  await clock.advance(2_500);
  await Promise.all(stops);
  t.equal(telescope.state, 'IDLE');
  const { azimuthDeg, raDeg } = telescope.position();
  t.ok(Math.abs(azimuthDeg - 140) < 0.01, `10 + 20 + 10 deg on: ${azimuthDeg}`);
  await clock.advance(240_000);
  const later = telescope.position();
  t.ok(Math.abs(later.azimuthDeg - azimuthDeg) < 1e-6);
  t.ok(Math.abs(later.raDeg - raDeg - 1) < 0.01, '1 deg in 4 min');
});

t.test('who sent it may call it off, and that stops it', async (t) => {
  const { clock, telescope, at } = build();
  const calledOff = new AbortController();
  const cause = new Error('preempted');
  const outcome = t.rejects(telescope.goto(at(45, 90), calledOff.signal), { code: 'ABORTED', cause });
  await clock.advance(4_000);
  calledOff.abort(cause);
  await outcome;
  await clock.advance(3_000);
  t.equal(telescope.state, 'IDLE');
  await t.rejects(telescope.goto(at(45, 90), calledOff.signal), { code: 'ABORTED' });
  t.equal(telescope.state, 'IDLE', 'a goto that is called off already does not begin');
  t.equal(clock.pending, 0);

  const late = new AbortController();
  const done = telescope.goto(at(45, 100), late.signal);
  await clock.advance(20_000);
  await done;
  late.abort();
  t.equal(telescope.state, 'TRACKING', 'and one that is done is not undone');
});

t.test('it parks, and a goto wakes it', async (t) => {
  const { clock, telescope, at } = build();
  const target = at(70, 100);
  const done = telescope.goto(target);
  await clock.advance(60_000);
  await done;
  const parked = telescope.park();
  t.match(telescope, { state: 'MOVING', target: undefined });
  await clock.advance(60_000);
  await parked;
  t.equal(telescope.state, 'PARKED');
  await telescope.park();
  const again = telescope.goto(target);
  await clock.advance(60_000);
  await again;
  t.equal(telescope.state, 'TRACKING');
});

t.test('what it cannot point at is refused, and what it does goes on', async (t) => {
  const { clock, telescope, at } = build();
  const target = at(50, 200);
  const done = telescope.goto(target);
  await t.rejects(telescope.goto(at(-5, 100)), { code: 'BELOW_LIMIT', message: /stands at -[45]\.\d+ deg/ });
  for (const bad of [
    { raDeg: Number.NaN, decDeg: 0 },
    { raDeg: 360, decDeg: 0 },
    { raDeg: 0, decDeg: 90.1 },
  ]) {
    await t.rejects(telescope.goto(bad), { code: 'INVALID_VALUE' });
  }
  await clock.advance(60_000);
  await done;
  t.match(telescope, { state: 'TRACKING', target });
});

t.test('an axis keeps to its speed and acceleration from any start to any end', async (t) => {
  const limits = { maxSpeedDegPerS: 10, accelerationDegPerS2: 5 };
  for (const start of [-10, -3, 0, 4, 10]) {
    for (const end of [-50, -5, -0.001, 0, 0.3, 9, 10, 200]) {
      const move = new AxisMove(0, start, end, limits);
      const stepS = move.durationS / 1000;
      let [place, speed] = [0, start];
      for (let n = 1; n <= 1000; n += 1) {
        const [nextPlace, nextSpeed] = [move.placeDeg(n * stepS), move.speedDegPerS(n * stepS)];
        const isSmooth = Math.abs(nextSpeed - speed) <= 5 * stepS + 1e-9 && Math.abs(nextSpeed) <= 10 + 1e-9;
        const agrees =
          Math.abs(nextPlace - place - ((speed + nextSpeed) / 2) * stepS) < 5 * stepS ** 2 + 1e-9;
        if (!isSmooth || !agrees) t.fail(`from ${start} deg/s to ${end} deg, at ${n / 10} %`);
        [place, speed] = [nextPlace, nextSpeed];
      }
      t.ok(Math.abs(place - end) < 1e-9 && Math.abs(speed) < 1e-9, `from ${start} deg/s to ${end} deg`);
    }
  }
});
