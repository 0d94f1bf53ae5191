import t, { type Test } from 'tap';
import { ManualClock } from '../../../src/clock/index.js';
import { OnesComplementSum } from '../../../src/instruments/fits/checksum.js';
import { encodeFits } from '../../../src/instruments/fits/encode.js';
import { FitsHeader, IndiCamera, type IndiCameraOptions } from '../../../src/instruments/index.js';
import { changed, defined, FakeIndi } from '../../helpers/fake-indi.js';
import { until } from '../../helpers/until.js';

const WAIT_MS = 20_000;
const EXPOSURE = 'CCD_EXPOSURE';
const LIGHT = { exposureS: 0.01, imageType: 'LIGHT' } as const;

/** A FITS file of 2 columns and 3 rows with these pixels. */
function fits(pixels: readonly number[], header = new FitsHeader()): Buffer {
  const encoding = encodeFits(header, { width: 2, height: 3, pixels: Uint16Array.from(pixels) });
  return Buffer.concat([encoding.header(0).bytes, ...encoding.data(new OnesComplementSum())]);
}

function blob(bytes: Buffer, format = '.fits', size = bytes.length): string {
  const text = bytes.toString('base64');
  return `<setBLOBVector device="C" name="CCD1" state="Ok"><oneBLOB name="CCD1" size="${size}" format="${format}">${text}</oneBLOB></setBLOBVector>`;
}

/** A camera that tells of exposures only what the test makes it tell. */
async function build(t: Test, options: Partial<IndiCameraOptions> = {}, isBusy = false) {
  const exposure = defined('C', EXPOSURE, { CCD_EXPOSURE_VALUE: 0 }).replace(
    "min='0' max='0'",
    "min='0.01' max='3600'",
  );
  const definitions = [
    defined('C', 'CONNECTION', { CONNECT: true, DISCONNECT: false }),
    isBusy ? exposure.replace('Idle', 'Busy') : exposure,
    defined('C', 'CCD_INFO', { CCD_MAX_X: 2, CCD_MAX_Y: 3, CCD_PIXEL_SIZE: 5.2 }),
    defined('C', 'CCD_ABORT_EXPOSURE', { ABORT: false }),
    defined('C', 'CCD_FRAME_TYPE', {
      FRAME_LIGHT: true,
      FRAME_BIAS: false,
      FRAME_DARK: false,
      FRAME_FLAT: false,
    }),
    defined('C', 'UPLOAD_MODE', { UPLOAD_CLIENT: false, UPLOAD_LOCAL: true }),
    defined('C', 'ACTIVE_DEVICES', { ACTIVE_FILTER: 'CCD Simulator' }),
    defined('C', 'POLLING_PERIOD', { PERIOD_MS: 1000 }),
    defined('C', 'CCD_BINNING', { HOR_BIN: 1, VER_BIN: 1 }),
    '<defBLOBVector device="C" name="CCD1" state="Idle" perm="ro"><defBLOB name="CCD1"/></defBLOBVector>',
  ];
  const server = await FakeIndi.start((element) => {
    if (element.startsWith('<getProperties')) return definitions.join('');
    const [, kind = '', name = ''] = /<new(\w+)Vector device="C" name="(\w+)"/.exec(element) ?? [];
    if (kind === '' || name === EXPOSURE) return undefined;
    const values = Object.fromEntries(
      [...element.matchAll(/<one\w+ name="(\w+)">([^<]*)</g)].map(([, key = '', value = '']) => [
        key,
        kind === 'Switch' ? value === 'On' : kind === 'Number' ? Number(value) : value,
      ]),
    );
    const answer = changed('C', name, 'Ok', values);
    // The abort is acknowledged first, and then the exposure is idle.
    return name === 'CCD_ABORT_EXPOSURE'
      ? answer + changed('C', EXPOSURE, 'Idle', { CCD_EXPOSURE_VALUE: 0 })
      : answer;
  });
  const camera = new IndiCamera({
    host: '127.0.0.1',
    port: server.port,
    device: 'C',
    focalLengthMm: 400,
    ...options,
  });
  t.teardown(async () => {
    await camera.disconnect();
    await server.stop();
  });
  await camera.connect();
  const tell = (state: string, left = 0) =>
    server.say(changed('C', EXPOSURE, state, { CCD_EXPOSURE_VALUE: left }));
  const asked = async () => {
    const element = await server.heard(`name="${EXPOSURE}"`);
    server.received = [];
    return element;
  };
  return { server, camera, tell, asked };
}

t.test('a camera is made to send its images here, and to look often at its shutter', async (t) => {
  const { server, camera } = await build(t, { activeDevices: { ACTIVE_FILTER: 'Filter Simulator' } });
  const said = server.received.join('\n');
  t.match(said, '<enableBLOB device="C">Also</enableBLOB>');
  t.match(said, /"UPLOAD_MODE"><oneSwitch name="UPLOAD_CLIENT">On</);
  t.match(
    said,
    /"ACTIVE_FILTER">Filter Simulator</,
    'else the header tells the filter of a wheel that is not there',
  );
  t.match(said, /"PERIOD_MS">100</, 'a short exposure ends with the next look');
  t.match(camera.info, { detector: 'C', width: 2, height: 3 });
  t.ok(Math.abs(camera.info.pixelScaleArcsec - 2.6814) < 0.001);
});

t.test('the image comes before the word that its exposure is done', async (t) => {
  const { server, camera, tell, asked } = await build(t);
  const states: string[] = [];
  const done = camera.expose(LIGHT, undefined, ({ state }) => states.push(state));
  t.match(await asked(), />0\.01</);
  tell('Busy', 0.01);
  tell('Busy', 0);
  server.say(blob(fits([1, 2, 3, 4, 5, 65_535])));
  tell('Ok');
  const frame = await done;
  t.same([...frame.pixels], [1, 2, 3, 4, 5, 65_535]);
  t.ok(Math.abs(frame.endMs - frame.startMs - 10) < 0.001);
  t.ok(Math.abs(frame.startMs - Date.now()) < 60_000);
  t.same(states, ['EXPOSING', 'READING']);
  t.equal(camera.state, 'IDLE');
  t.notMatch(server.received.join(), 'CCD_FRAME_TYPE', 'what is set already costs no round trip');

  const after = camera.expose({ ...LIGHT, imageType: 'DARK' });
  t.match(await asked(), /newNumberVector/);
  tell('Busy', 0.01);
  tell('Ok');
  server.say(blob(fits([9, 9, 9, 9, 9, 9])));
  t.equal((await after).pixels[0], 9, 'or after it');
});

t.test('the image is enough; the late word that it is done is not of the next exposure', async (t) => {
  const { server, camera, tell, asked } = await build(t);
  const done = camera.expose(LIGHT);
  await asked();
  tell('Busy', 0.01);
  server.say(blob(fits([1, 1, 1, 1, 1, 1])));
  t.equal((await done).pixels[0], 1);
  const states: string[] = [];
  const aborted = t.rejects(
    camera.expose({ ...LIGHT, exposureS: 500 }, undefined, ({ state }) => states.push(state)),
    { code: 'ABORTED' },
  );
  tell('Ok');
  await asked();
  // And once more, before the camera has begun.
  tell('Ok');
  tell('Busy', 500);
  await until(WAIT_MS, () => states.length > 0);
  t.same(states, ['EXPOSING']);
  camera.abort();
  await aborted;
});

t.test('when the shutter opened is told by the time that is left, not by when it was told', async (t) => {
  const clock = new ManualClock();
  const { server, camera, tell, asked } = await build(t, { clock });
  const left: number[] = [];
  const done = camera.expose({ ...LIGHT, exposureS: 3 }, undefined, ({ leftS }) => left.push(leftS));
  await asked();
  const sentMs = clock.now();
  await clock.advance(45);
  tell('Busy', 3);
  await until(WAIT_MS, () => left.length > 0);
  await clock.advance(1_955);
  tell('Busy', 1.01);
  await until(WAIT_MS, () => left.length > 1);
  await clock.advance(1_000);
  server.say(blob(fits([1, 1, 1, 1, 1, 1])));
  const { startMs } = await done;
  t.ok(Math.abs(startMs - sentMs - 10) < 0.001, `${startMs - sentMs} ms after the command`);
});

t.test('rows come from the bottom, whatever the file says', async (t) => {
  const { server, camera, tell, asked } = await build(t);
  const done = camera.expose(LIGHT);
  await asked();
  tell('Busy', 0.01);
  server.say(
    blob(fits([1, 2, 3, 4, 5, 6], new FitsHeader().setText('ROWORDER', 'TOP-DOWN').setReal('CCD-TEMP', -10))),
  );
  tell('Ok');
  const frame = await done;
  t.same([...frame.pixels], [5, 6, 3, 4, 1, 2]);
  t.match(frame, { temperatureC: -10 });
});

t.test(
  "an abort brings no image, and the late one of an aborted exposure is not the next one's",
  async (t) => {
    const { server, camera, tell, asked } = await build(t);
    const aborted = t.rejects(camera.expose({ ...LIGHT, exposureS: 100 }), { code: 'ABORTED' });
    await asked();
    await t.rejects(camera.expose(LIGHT), { code: 'BUSY' });
    tell('Busy', 100);
    server.say(changed('C', 'CCD_BINNING', 'Ok', { HOR_BIN: 2, VER_BIN: 2 }));
    await until(WAIT_MS, () => Object.is(camera.setup.binning[0], 2));
    camera.abort();
    await aborted;
    const calledOff = new AbortController();
    const cause = new Error('preempted');
    const next = t.rejects(camera.expose({ ...LIGHT, exposureS: 50 }, calledOff.signal), {
      code: 'ABORTED',
      cause,
    });
    await server.heard('CCD_ABORT_EXPOSURE');
    await asked();
    server.say(blob(fits([7, 7, 7, 7, 7, 7])));
    tell('Busy', 50);
    server.say(changed('C', 'CCD_BINNING', 'Ok', { HOR_BIN: 3, VER_BIN: 3 }));
    await until(WAIT_MS, () => Object.is(camera.setup.binning[0], 3));
    t.equal(camera.state, 'EXPOSING', 'an image after nothing of 50 s is of another exposure');
    calledOff.abort(cause);
    await next;
    await camera.stop();
    t.equal(camera.state, 'IDLE');
  },
);

t.test('an exposure that another client aborts, or the camera refuses, ends at once', async (t) => {
  const { server, camera, tell, asked } = await build(t);
  const aborted = t.rejects(camera.expose(LIGHT), { code: 'ABORTED', message: /by another client/ });
  await asked();
  tell('Busy', 0.01);
  tell('Idle');
  await aborted;
  const refused = t.rejects(camera.expose(LIGHT), { code: 'DRIVER', message: /no cooling water/ });
  await asked();
  server.say('<message device="C" message="[ERROR] no cooling water"/>');
  tell('Alert');
  await refused;
  for (const exposureS of [-1, 3601, Number.NaN, 0]) {
    await t.rejects(camera.expose({ ...LIGHT, exposureS }), { code: 'INVALID_VALUE' });
  }
  const bias = camera.expose({ exposureS: 0, imageType: 'BIAS' });
  t.match(await asked(), />0\.01</, 'a bias is as short as the camera can');
  server.say(blob(fits([1, 1, 1, 1, 1, 1])));
  tell('Ok');
  await bias;
});

t.test('an image that is none, or does not come, is an error', async (t) => {
  const { server, camera, tell, asked } = await build(t, { readMs: 1_500 });
  const bad: [string, string][] = [
    [blob(Buffer.from('no FITS at all')), 'INVALID_VALUE'],
    [blob(fits([1, 1, 1, 1, 1, 1]), '.jpeg'), 'NOT_IMPLEMENTED'],
    [blob(Buffer.from('garbage'), '.fits.z', 100), 'DRIVER'],
    ['', 'TIMEOUT'],
  ];
  for (const [xml, code] of bad) {
    const failed = t.rejects(camera.expose(LIGHT), { code });
    await asked();
    tell('Busy', 0.01);
    server.say(xml);
    tell('Ok');
    await failed;
    t.equal(camera.state, 'IDLE');
  }
});

t.test('a driver that dies in the middle of an exposure fails it at once', async (t) => {
  const { server, camera, tell, asked } = await build(t);
  const failures: string[] = [];
  camera.onFailure(({ message }) => failures.push(message));
  const failed = t.rejects(camera.expose({ ...LIGHT, exposureS: 1000 }), {
    code: 'DRIVER',
    message: /has died/,
  });
  await asked();
  tell('Busy', 1000);
  server.say('<delProperty device="C"/>');
  await failed;
  t.equal(camera.state, 'ERROR');
  t.match(failures, [/has died/]);
});

t.test('an exposure that nobody waits for is aborted by who comes next', async (t) => {
  const { server } = await build(t, {}, true);
  t.match(server.received.join('\n'), /CCD_ABORT_EXPOSURE/);
});
