import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import { type ExposureProgress, type ExposureRequest, SimulatedCamera } from '../../src/instruments/index.js';

const DARK: ExposureRequest = { exposureS: 3, imageType: 'DARK' };

function build() {
  const clock = new ManualClock();
  return { clock, camera: new SimulatedCamera(clock, { width: 64, height: 48 }) };
}

t.test('an exposure lasts its time and the read-out', async (t) => {
  const { clock, camera } = build();
  t.match(camera.info, { detector: 'SIM-VIS', width: 64, height: 48, pixelScaleArcsec: 1.5 });
  t.equal(camera.state, 'IDLE');
  const progress: ExposureProgress[] = [];
  const frame = camera.expose(DARK, undefined, (report) => progress.push(report));
  t.equal(camera.state, 'EXPOSING');
  await clock.advance(2_900);
  t.equal(camera.state, 'EXPOSING');
  await clock.advance(200);
  t.equal(camera.state, 'READING');
  await clock.advance(1_000);
  t.equal((await frame).pixels.length, 64 * 48);
  t.equal(camera.state, 'IDLE');
  t.same(progress, [
    { state: 'EXPOSING', leftS: 4 },
    { state: 'EXPOSING', leftS: 3 },
    { state: 'EXPOSING', leftS: 2 },
    { state: 'READING', leftS: 1 },
  ]);
});

t.test('a second exposure at the same time is refused, and the first goes on', async (t) => {
  const { clock, camera } = build();
  const first = camera.expose(DARK);
  await t.rejects(camera.expose(DARK), { code: 'BUSY', number: 1301, message: /EXPOSING/ });
  await clock.advance(4_000);
  t.equal((await first).exposureS, 3);
});

t.test('an exposure is aborted while the shutter is open, and the camera is free again', async (t) => {
  const { clock, camera } = build();
  camera.abort();
  const outcome = t.rejects(camera.expose(DARK), { code: 'ABORTED', number: 1302 });
  await clock.advance(1_000);
  camera.abort();
  await outcome;
  t.equal(camera.state, 'IDLE');
  t.equal(clock.pending, 0, 'no timer is left');
  const next = camera.expose(DARK);
  await clock.advance(4_000);
  t.equal((await next).exposureS, 3);
});

t.test('a signal aborts it too, also during the read-out, and the reason is kept', async (t) => {
  const { clock, camera } = build();
  const cause = new Error('preempted');
  const calledOff = new AbortController();
  const outcome = t.rejects(camera.expose(DARK, calledOff.signal), { code: 'ABORTED', cause });
  await clock.advance(3_500);
  t.equal(camera.state, 'READING');
  calledOff.abort(cause);
  await outcome;
  t.equal(camera.state, 'IDLE');
  await t.rejects(camera.expose(DARK, calledOff.signal), { code: 'ABORTED' });
  t.equal(clock.pending, 0);
});

t.test('an exposure of no possible length is refused', async (t) => {
  const { camera } = build();
  for (const exposureS of [-1, 3600.1, Number.NaN, Number.POSITIVE_INFINITY]) {
    await t.rejects(camera.expose({ ...DARK, exposureS }), { code: 'INVALID_VALUE', message: /0 to 3600 s/ });
  }
  t.equal(camera.state, 'IDLE');
});

t.test('drawing gives way to other work of the process', async (t) => {
  const clock = new ManualClock();
  const camera = new SimulatedCamera(clock);
  const frame = camera.expose({ exposureS: 0, imageType: 'LIGHT', pointing: { raDeg: 10, decDeg: 10 } });
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await nextTurn();
  await clock.advance(1_000);
  await frame;
  isDone = true;
  t.ok(turns >= 6, `${turns} turns of the event loop during a frame of 512 by 512`);
});
