import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  IndiCamera,
  IndiFilterWheel,
  IndiFocuser,
  IndiTelescope,
  imageHeader,
  readFits,
  TanWcs,
  writeFits,
} from '../../../src/instruments/index.js';
import { type Equatorial, normalizeDeg, separationDeg } from '../../../src/sky/index.js';
import { brightest } from '../../helpers/brightest.js';
import { IndiServer, skip } from '../../helpers/indi-server.js';
import { until } from '../../helpers/until.js';

const WAIT_MS = 60_000;
const SITE = { name: 'SPM', latitudeDeg: 31.0439, longitudeDeg: -115.4636, altitudeM: 2800 };
const OPTICS = { apertureMm: 250, focalLengthMm: 400 };
/** As the simulated camera is mounted, on the west side of the pier: its columns look west. */
const POSITION_ANGLE_DEG = 270;

t.test('the telescope, the camera and what is between them', { skip }, async (t) => {
  const server = await IndiServer.start(['telescope', 'ccd', 'wheel', 'focus']);
  const at = { host: '127.0.0.1', port: server.port };
  const newCamera = () =>
    new IndiCamera({
      ...at,
      device: 'CCD Simulator',
      detector: 'CCD-1',
      focalLengthMm: OPTICS.focalLengthMm,
      positionAngleDeg: POSITION_ANGLE_DEG,
      activeDevices: { ACTIVE_TELESCOPE: 'Telescope Simulator', ACTIVE_FILTER: 'Filter Simulator' },
    });
  const telescope = new IndiTelescope({ ...at, ...OPTICS, device: 'Telescope Simulator', site: SITE });
  const wheel = new IndiFilterWheel({ ...at, device: 'Filter Simulator' });
  const focuser = new IndiFocuser({ ...at, device: 'Focuser Simulator' });
  let camera = newCamera();
  t.teardown(async () => {
    await Promise.all([telescope, wheel, focuser, camera].map((driver) => driver.disconnect()));
    await server.stop();
  });
  await Promise.all([telescope, wheel, focuser, camera].map((driver) => driver.connect()));
  /** So many degrees from the pole, where the simulated mount begins, on this side of the meridian. */
  const aside = (deg: number, hourAngleDeg = -45): Equatorial => {
    const here = telescope.position();
    return { raDeg: normalizeDeg(here.raDeg + here.hourAngleDeg - hourAngleDeg), decDeg: 90 - deg };
  };
  /** From one side of its pier to the other the simulated mount takes half a minute: it is told that it is there. */
  const beNear = (deg: number, hourAngleDeg?: number) => telescope.sync(aside(deg + 8, hourAngleDeg));
  const target = aside(12);
  await beNear(12);

  await t.test('it slews, settles, and is put right', async (t) => {
    const done = telescope.goto(target);
    t.equal(telescope.state, 'MOVING');
    await until(WAIT_MS, () => telescope.etaS() > 0.5);
    await done;
    t.equal(telescope.state, 'TRACKING');
    t.ok((telescope.separationDeg() ?? 1) * 3600 < 20, `${telescope.separationDeg()} deg`);
  });

  await t.test('filter and focus', async (t) => {
    const place = wheel.names.indexOf('Blue') + 1;
    await Promise.all([wheel.turnTo(place), focuser.moveTo(36_700)]);
    t.match(wheel, { position: 3, isMoving: false });
    t.match(focuser, { position: 36_700, isMoving: false, lastStep: 100_000 });
    await t.rejects(wheel.turnTo(9), { code: 'INVALID_VALUE' });
    await t.rejects(focuser.moveTo(100_001), { code: 'INVALID_VALUE' });
  });

  /** Takes an image, and looks for the stars where its header says that they are. */
  async function assertStarsAreInPlace(t: Test, target: Equatorial) {
    // The side that a mount takes is its own affair.
    t.match(telescope.position().pierSide, /^(EAST|WEST)$/);
    const stars = [
      { ...target, magnitude: 7 },
      { raDeg: target.raDeg, decDeg: target.decDeg + 0.15, magnitude: 6.4 },
      { raDeg: target.raDeg + 1, decDeg: target.decDeg, magnitude: 5.8 },
    ];
    await server.setStars(stars);
    const states: string[] = [];
    const frame = await camera.expose({ exposureS: 1, imageType: 'LIGHT' }, undefined, ({ state }) =>
      states.push(state),
    );
    t.match(states, ['EXPOSING']);
    const path = join(t.testdir(), 'image.fits');
    const header = imageHeader({
      frame,
      imageType: 'LIGHT',
      camera: camera.info,
      createdMs: frame.endMs,
      software: { name: 'PyROS', version: '0' },
      pointing: telescope.position(),
      site: SITE,
    });
    await writeFits(path, header, frame);
    const file = readFits(readFileSync(path));
    t.match(file, { width: 1280, height: 1024, checksumValid: true });
    const number = (keyword: string) => file.header.number(keyword) ?? Number.NaN;
    const wcs = new TanWcs(
      { raDeg: number('CRVAL1'), decDeg: number('CRVAL2') },
      { ...camera.info, positionAngleDeg: (Math.atan2(number('CD1_2'), number('CD2_2')) * 180) / Math.PI },
    );
    t.ok(Math.abs(number('CD2_1') - wcs.matrixDeg[1][0]) < 1e-9);
    const seen = brightest(file, stars.length).map((place) => wcs.skyOf(place));
    for (const star of stars) {
      const nearest = Math.min(...seen.map((place) => separationDeg(place, star) * 3600));
      // The simulator leaves out aberration, which is up to 20 arcsec.
      t.ok(nearest < 45, `a star is ${nearest.toFixed(0)} arcsec from where its image says that it is`);
    }
  }

  await t.test('an exposure becomes a FITS file, whose coordinates are those of its stars', async (t) => {
    await assertStarsAreInPlace(t, target);
  });

  await t.test('so it does on the other side of the meridian, where the camera is upside down', async (t) => {
    const west = aside(12, 45);
    await beNear(12, 45);
    await telescope.goto(west);
    await assertStarsAreInPlace(t, west);
  });

  await t.test('a slew, an exposure, a turn and a move can be ended at any moment', async (t) => {
    const slew = t.rejects(telescope.goto(aside(80)), { code: 'ABORTED' });
    await until(WAIT_MS, () => telescope.etaS() > 0.5);
    await telescope.stop();
    await slew;
    t.match(telescope, { state: 'IDLE', target: undefined });
    t.ok(separationDeg(telescope.position(), aside(80)) > 5, 'it was on its way');

    const calledOff = new AbortController();
    const long = t.rejects(
      camera.expose({ exposureS: 600, imageType: 'DARK' }, calledOff.signal, () => calledOff.abort()),
      { code: 'ABORTED' },
    );
    await long;
    const atOnce = t.rejects(camera.expose({ exposureS: 600, imageType: 'DARK' }), { code: 'ABORTED' });
    camera.abort();
    await atOnce;
    const frame = await camera.expose({ exposureS: 0.2, imageType: 'DARK' });
    t.equal(frame.exposureS, 0.2, 'and it is ready at once');

    const turn = t.rejects(wheel.turnTo(6), { code: 'ABORTED' });
    await wheel.stop();
    await turn;
    t.equal(wheel.isMoving, false);
    const move = t.rejects(focuser.moveTo(40_000), { code: 'ABORTED' });
    await focuser.stop();
    await move;
    t.equal(focuser.isMoving, false);
  });

  await t.test('a refused exposure tells the reason of its driver', async (t) => {
    await t.rejects(camera.expose({ exposureS: 0.001, imageType: 'LIGHT' }), { code: 'INVALID_VALUE' });
    await camera.configure({ binning: [2, 2] });
    const frame = await camera.expose({ exposureS: 0.1, imageType: 'LIGHT' });
    t.match(frame, { width: 640, height: 512, binning: [2, 2] });
    await camera.configure({ binning: [1, 1], window: [100, 50, 300, 200] });
    t.match(await camera.expose({ exposureS: 0.1, imageType: 'LIGHT' }), {
      width: 300,
      height: 200,
      origin: [100, 50],
    });
    await t.rejects(camera.configure({ shutter: 'CLOSED' }), { code: 'NOT_IMPLEMENTED' });
    await camera.aimAt(-5);
    t.match(camera.temperature(), { targetC: -5, coolerOn: false });
    await t.rejects(camera.aimAt(-300), { code: 'INVALID_VALUE' });
  });

  await t.test('a driver that crashes in the middle of an exposure is connected again', async (t) => {
    const failures: string[] = [];
    camera.onFailure(({ code }) => failures.push(code));
    const outcome = t.rejects(
      camera.expose({ exposureS: 600, imageType: 'LIGHT' }, undefined, () => {
        const crash = { CRASH: true };
        camera.indi.set('CCD_SIMULATE_CRASH', crash, { deadlineMs: WAIT_MS }).catch(() => undefined);
      }),
      { code: 'DRIVER', message: /the driver of "CCD Simulator" has died/ },
    );
    await outcome;
    t.same(failures, ['DRIVER']);
    await camera.disconnect();
    camera = newCamera();
    await camera.connect();
    const frame = await camera.expose({ exposureS: 0.2, imageType: 'LIGHT' });
    t.equal(frame.width, 1280);
    t.equal(telescope.state, 'IDLE', 'the others have noticed nothing');
  });

  await t.test('it parks, and wakes up', async (t) => {
    await beNear(20);
    await telescope.indi.set('TELESCOPE_PARK_OPTION', { PARK_CURRENT: true }, { deadlineMs: WAIT_MS });
    await telescope.goto(aside(20));
    await telescope.park();
    t.match(telescope, { state: 'PARKED', target: undefined });
    await telescope.stop();
    t.equal(telescope.state, 'PARKED');
    await telescope.unpark();
    t.equal(telescope.state, 'IDLE');
  });
});
