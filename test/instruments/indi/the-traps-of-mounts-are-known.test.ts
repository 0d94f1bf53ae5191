import t, { type Test } from 'tap';
import { ManualClock } from '../../../src/clock/index.js';
import { IndiTelescope, type IndiTelescopeOptions } from '../../../src/instruments/index.js';
import { apparentFromIcrs, separationDeg } from '../../../src/sky/index.js';
import { changed, defined, FakeIndi } from '../../helpers/fake-indi.js';
import { until } from '../../helpers/until.js';

const WAIT_MS = 20_000;
const SITE = { name: 'SPM', latitudeDeg: 31.0439, longitudeDeg: -115.4636, altitudeM: 2800 };
const TARGET = { raDeg: 100, decDeg: 35 };
const EOD = 'EQUATORIAL_EOD_COORD';

/** A mount that tells only what the test makes it tell, but for simple settings. */
async function build(
  t: Test,
  { isParked = false, ...options }: Partial<IndiTelescopeOptions> & { isParked?: boolean } = {},
) {
  const definitions = [
    defined('M', 'CONNECTION', { CONNECT: true, DISCONNECT: false }),
    defined('M', EOD, { RA: 0, DEC: 0 }),
    defined('M', 'ON_COORD_SET', { TRACK: false, SLEW: true, SYNC: false }),
    defined('M', 'TELESCOPE_PARK', { PARK: isParked, UNPARK: !isParked }),
    defined('M', 'TELESCOPE_ABORT_MOTION', { ABORT: false }),
    defined('M', 'TELESCOPE_TRACK_STATE', { TRACK_ON: false, TRACK_OFF: true }),
    defined('M', 'GEOGRAPHIC_COORD', { LAT: 0, LONG: 0, ELEV: 0 }),
  ];
  const gotos: { RA: number; DEC: number }[] = [];
  const server = await FakeIndi.start((element) => {
    if (element.startsWith('<getProperties')) return definitions.join('');
    const name = / name="(\w+)"/.exec(element)?.[1] ?? '';
    const values = Object.fromEntries(
      [...element.matchAll(/<one(\w+) name="(\w+)">([^<]*)</g)].map(([, kind, key = '', value]) => [
        key,
        kind === 'Switch' ? value === 'On' : Number(value),
      ]),
    );
    if (name === EOD) gotos.push(values as { RA: number; DEC: number });
    // As the simulator: what is not parked answers an UNPARK with Idle.
    if (name === EOD || name === 'TELESCOPE_PARK') return undefined;
    return changed('M', name, 'Ok', values as Record<string, number>);
  });
  const telescope = new IndiTelescope({
    host: '127.0.0.1',
    port: server.port,
    device: 'M',
    site: SITE,
    settleMs: 1,
    ...options,
  });
  t.teardown(async () => {
    await telescope.disconnect();
    await server.stop();
  });
  await telescope.connect();
  const at = (raH: number, decDeg: number, state: string) =>
    server.say(changed('M', EOD, state, { RA: raH, DEC: decDeg }));
  const asked = async (count: number) => {
    await until(WAIT_MS, () => gotos.length >= count);
    return gotos[count - 1] as { RA: number; DEC: number };
  };
  return { server, telescope, at, asked, gotos };
}

t.test('coordinates are of the equator of date, in hours, and longitudes from 0 to 360', async (t) => {
  const { server, telescope, at, asked } = await build(t);
  t.match(await server.heard('GEOGRAPHIC_COORD'), /"LONG">244\.5364/);
  const done = telescope.goto(TARGET);
  const { RA, DEC } = await asked(1);
  const ofDate = apparentFromIcrs(TARGET, Date.now());
  t.ok(separationDeg({ raDeg: RA * 15, decDeg: DEC }, ofDate) * 3600 < 0.1);
  t.ok(separationDeg({ raDeg: RA * 15, decDeg: DEC }, TARGET) > 0.2, 'more than most fields of view');
  at(RA / 2, DEC, 'Busy');
  at(RA, DEC, 'Ok');
  await done;
  t.ok(separationDeg(telescope.position(), TARGET) * 3600 < 1, 'and turned back on the way in');
  t.match(server.received.join('\n'), /"ON_COORD_SET"><oneSwitch name="TRACK">On</);
});

t.test('a mount that is late after a long slew is sent once more', async (t) => {
  const { telescope, at, asked, gotos } = await build(t);
  const done = telescope.goto(TARGET);
  const first = await asked(1);
  at(1, 1, 'Busy');
  // 26 s of slewing, by which the sky has turned.
  at(first.RA + 0.0072, first.DEC, 'Ok');
  const second = await asked(2);
  t.equal(telescope.state, 'MOVING', 'it is not there yet');
  at(first.RA, first.DEC, 'Busy');
  at(second.RA, second.DEC, 'Ok');
  await done;
  t.equal(gotos.length, 2);
});

t.test('what is pointed at over the horizon is there when it has arrived, not when it began', async (t) => {
  const clock = new ManualClock(Date.parse('2026-11-24T05:00:00Z'));
  const { telescope, at, asked } = await build(t, { clock });
  const done = telescope.point({ altitudeDeg: 60, azimuthDeg: 120 });
  const first = await asked(1);
  at(first.RA, first.DEC, 'Busy');
  await clock.advance(26_000);
  at(first.RA, first.DEC, 'Ok');
  const settling = setInterval(() => void clock.advance(1), 2);
  t.teardown(() => clearInterval(settling));
  const second = await asked(2);
  t.ok(Math.abs(second.RA - first.RA - 26 / 3600) < 0.0001, `${(second.RA - first.RA) * 3600} s later`);
  at(second.RA, second.DEC, 'Busy');
  at(second.RA, second.DEC, 'Ok');
  await done;
  const { altitudeDeg, azimuthDeg } = telescope.position();
  t.ok(Math.hypot(altitudeDeg - 60, azimuthDeg - 120) < 0.02, `${altitudeDeg} ${azimuthDeg}`);
  t.match(telescope, { state: 'IDLE', target: undefined });
});

t.test('one that never comes to its target is an error', async (t) => {
  const { telescope, at, asked } = await build(t);
  const done = t.rejects(telescope.goto(TARGET), {
    code: 'DRIVER',
    message: /108 arcsec off .* after 3 corrections/,
  });
  for (const count of [1, 2, 3, 4]) {
    const { RA, DEC } = await asked(count);
    at(RA, DEC, 'Busy');
    at(RA, DEC + 0.03, 'Ok');
  }
  await done;
});

t.test('what a tracking mount says all the time is no answer to a new goto', async (t) => {
  const { telescope, at, asked } = await build(t);
  const before = telescope.heardMs ?? Number.NaN;
  await new Promise((resolve) => setTimeout(resolve, 5));
  at(3, 3, 'Ok');
  await until(WAIT_MS, () => telescope.position().decDeg > 2);
  t.ok((telescope.heardMs ?? 0) > before, 'what is known of it is not older than that');
  let isDone = false;
  const done = telescope.goto(TARGET).then(() => {
    isDone = true;
  });
  const { RA, DEC } = await asked(1);
  // On its way before the command came: nothing has begun yet.
  for (const ra of [3, 3.0001, 3.0002]) at(ra, 3, 'Ok');
  at(4, 4, 'Busy');
  await until(WAIT_MS, () => telescope.position().decDeg > 3.5);
  t.equal(isDone, false);
  at(RA, DEC, 'Ok');
  await done;
});

t.test('only a parked mount is unparked', async (t) => {
  const { server, telescope, at, asked } = await build(t);
  const done = telescope.goto(TARGET);
  const { RA, DEC } = await asked(1);
  at(RA, DEC, 'Ok');
  await done;
  t.notMatch(server.received.join(), 'UNPARK', 'the answer would be Idle, not Ok');

  const parked = await build(t, { isParked: true });
  t.equal(parked.telescope.state, 'PARKED');
  const again = parked.telescope.goto(TARGET);
  await parked.server.heard('<oneSwitch name="UNPARK">On<');
  parked.server.say(changed('M', 'TELESCOPE_PARK', 'Idle', { PARK: false, UNPARK: true }));
  const asked2 = await parked.asked(1);
  parked.at(asked2.RA, asked2.DEC, 'Ok');
  await again;
});

t.test("a refused goto gives the mount's reason, and another client may stop it", async (t) => {
  const { server, telescope, at, asked } = await build(t);
  const refused = t.rejects(telescope.goto(TARGET), { code: 'DRIVER', message: /below the horizon/ });
  await asked(1);
  server.say('<message device="M" message="[ERROR] below the horizon"/>');
  at(0, 0, 'Alert');
  await refused;
  const stopped = t.rejects(telescope.goto(TARGET), { code: 'ABORTED', message: /by another client/ });
  await asked(2);
  at(1, 1, 'Busy');
  at(1, 1, 'Idle');
  await stopped;
  for (const bad of [
    { raDeg: 360, decDeg: 0 },
    { raDeg: 0, decDeg: 91 },
    { raDeg: Number.NaN, decDeg: 0 },
  ]) {
    await t.rejects(telescope.goto(bad), { code: 'INVALID_VALUE' });
  }
});

t.test('a goto that is called off stops the mount, and a newer one does not', async (t) => {
  const { server, telescope, at, asked } = await build(t);
  const first = t.rejects(telescope.goto(TARGET), { code: 'ABORTED', message: /a new goto/ });
  await asked(1);
  const calledOff = new AbortController();
  const cause = new Error('enough');
  const second = t.rejects(telescope.goto({ raDeg: 50, decDeg: 3 }, calledOff.signal), {
    code: 'ABORTED',
    cause,
  });
  await first;
  await asked(2);
  t.notMatch(server.received.join(), 'ABORT_MOTION');
  at(1, 1, 'Busy');
  await until(WAIT_MS, () => telescope.position().decDeg > 0.5);
  calledOff.abort(cause);
  await server.heard('<newSwitchVector device="M" name="TELESCOPE_ABORT_MOTION"><oneSwitch name="ABORT">On<');
  at(1, 1, 'Idle');
  await second;
  t.match(telescope, { state: 'IDLE', target: undefined });
  t.equal(telescope.etaS(), 0);
});

t.test('a mount that tracks on after it was stopped is told not to', async (t) => {
  const { server, telescope, at } = await build(t);
  const stopped = telescope.stop();
  await server.heard('<newSwitchVector device="M" name="TELESCOPE_ABORT_MOTION"');
  server.received = [];
  server.say(changed('M', 'TELESCOPE_TRACK_STATE', 'Busy', { TRACK_ON: true, TRACK_OFF: false }));
  at(1, 1, 'Ok');
  await server.heard('TRACK_OFF');
  await stopped;
  t.equal(telescope.state, 'IDLE');
});

t.test('drivers of one process share one connection, and the last one closes it', async (t) => {
  const { server, telescope } = await build(t);
  const at = { host: '127.0.0.1', port: server.port, device: 'M', site: SITE };
  const twin = new IndiTelescope(at);
  await twin.connect();
  t.equal(server.connections, 1);
  await telescope.disconnect();
  await twin.stop();
  await twin.disconnect();
  await twin.disconnect();
  await until(WAIT_MS, () => server.open === 0);
  await t.rejects(twin.stop(), { code: 'NOT_CONNECTED' });
});

t.test(
  'a driver that dies fails the goto and tells it once; a value that is no number is none',
  async (t) => {
    const { server, telescope, at, asked } = await build(t);
    at(Number.NaN, 5, 'Ok');
    server.say(changed('M', 'GEOGRAPHIC_COORD', 'Ok', { LAT: 7, LONG: 0, ELEV: 0 }));
    await until(WAIT_MS, () => {
      try {
        return !telescope.position();
      } catch (error) {
        return t.match(error, { code: 'VALUE_NOT_SET' });
      }
    });
    const failures: string[] = [];
    telescope.onFailure(({ code }) => failures.push(code));
    const failed = t.rejects(telescope.goto(TARGET), {
      code: 'DRIVER',
      message: /the driver of "M" has died/,
    });
    await asked(1);
    server.say('<delProperty device="M"/>');
    await failed;
    server.cut();
    t.equal(telescope.state, 'ERROR');
    await t.rejects(telescope.goto(TARGET), { code: 'DRIVER' });
    await t.rejects(telescope.stop(), { code: 'DRIVER' });
    t.same(failures, ['DRIVER']);
  },
);
