import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { movedAlert } from '../../../scripts/demo/moved-alert.js';
import { TemporaryObservatory } from '../../../scripts/temporary-observatory.js';
import { loadConfig, packageRoot } from '../../../src/config/index.js';
import { readFits } from '../../../src/instruments/index.js';
import { limitsOf, siteOf } from '../../../src/observatory/index.js';
import { type Equatorial, separationDeg } from '../../../src/sky/index.js';
import { freePorts } from '../../../src/socket/index.js';
import { sendVOEvent } from '../../../src/voevent/index.js';
import { brightest } from '../../helpers/brightest.js';
import { setProperty, skip } from '../../helpers/indi-server.js';

const INI = 'config/indi.ini';
const WAIT_MS = 90_000;
/** Is exposed for longer than an alarm takes to be heard. */
const LONG_STREAM = 'ivo://pyros.test/long';

// The simulators take their real time for a dozen slews and shutters.
t.setTimeout(300_000);

/** Runs what docs/indi.md tells to run; ends with this process. */
function startSimulators(port: number): ChildProcess {
  const script = join(packageRoot, 'scripts', 'indi', 'simulators');
  return spawn('setpriv', ['--pdeathsig', 'TERM', script, String(port)], { stdio: 'ignore' });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

t.test('config/indi.ini: alert, slew, images, and a closed dome in bad weather', { skip }, async (t) => {
  const [port = 0] = await freePorts(1);
  const simulators = startSimulators(port);
  t.teardown(() => end(simulators));
  const byIndi = [...loadConfig(join(packageRoot, INI)).agents.keys()].filter((agent) =>
    new RegExp(`\\[${agent}\\][^[]*driver = indi`).test(readFileSync(join(packageRoot, INI), 'utf8')),
  );
  t.equal(byIndi.length, 7, 'all devices but the PLC');
  const observatory = await TemporaryObservatory.start({
    name: 'indi',
    like: INI,
    values: {
      ...Object.fromEntries(byIndi.map((agent) => [`${agent}.indi_port`, String(port)])),
      'strategy.default.exposure': '2s',
      'strategy.default.count': '2',
      'strategy.long.streams': LONG_STREAM,
      'strategy.long.filter': 'Red',
      'strategy.long.exposure': '10s',
      'strategy.long.count': '1',
      'weather.hold_off': '1s',
    },
  });
  t.teardown(async () => {
    await observatory.stop();
    await rm(observatory.directory, { recursive: true, force: true });
  });
  const { config } = observatory;
  const ask = async (sentence: string) =>
    (await observatory.request(
      (sentence.split(' ')[1] ?? '').toLowerCase().replace(':', '_'),
      sentence,
    )) as Record<string, unknown>;
  /** From one side of its pier to the other the simulated mount takes half a minute: it is told that it is there. */
  const beNear = ({ raDeg, decDeg }: Equatorial) =>
    ask(`DO TELESCOPE SYNC RA=${raDeg}deg DEC=${decDeg - 5}deg`);
  const author = { host: '127.0.0.1', port: observatory.vtpPort };
  await observatory.ready(WAIT_MS);

  t.comment('the dome opens by itself when the devices are there');
  await observatory.until(WAIT_MS, 'the dome is open', async () =>
    (await ask('GET DOME STATE'))['STATE'] === 'IDLE' && (await ask('GET DOME SHUTTER'))['SHUTTER'] === 'OPEN'
      ? true
      : undefined,
  );

  t.comment('an alert becomes images');
  // Where the bundled alert is by itself depends on the time of day: this one always has a place of its own.
  const alert = movedAlert(siteOf(config), limitsOf(config), observatory.now(), 1);
  await beNear(alert.target);
  t.match(await sendVOEvent(author, alert.bytes), { accepted: true });
  const finished = await observatory.until(WAIT_MS, 'the sequence is finished', async () => {
    const [sequence] = await observatory.sequences();
    if (sequence?.state === 'FAILED') throw new Error(sequence.reason);
    return sequence?.state === 'FINISHED' ? sequence : undefined;
  });
  t.equal(finished.images.length, 2);
  for (const { path } of finished.images) {
    const file = readFits(readFileSync(path));
    const { header } = file;
    const number = (keyword: string) => header.number(keyword) ?? Number.NaN;
    t.match(file, { width: 1280, height: 1024, checksumValid: true });
    t.equal(header.text('TRIGID'), alert.ivorn);
    t.equal(header.text('FILTER'), 'Red');
    t.match(
      ['INSTRUME', 'DETECTOR', 'IMAGETYP', 'TELESCOP'].map((keyword) => header.text(keyword)),
      ['camera_vis', 'CCD Simulator', 'LIGHT', 'INDI simulator'],
    );
    t.equal(number('EXPTIME'), 2);
    t.equal(number('FOCUSPOS'), 50_000);
    t.ok(Number.isFinite(number('WINDSPD')) && Number.isFinite(number('AIRMASS')));
    const centre = { raDeg: number('CRVAL1'), decDeg: number('CRVAL2') };
    t.ok(separationDeg(centre, alert.target) * 3600 < 30, 'it points at the alert');
    const startMs = Date.parse(`${header.text('DATE-OBS')}Z`);
    t.ok(startMs > (finished.times.onTargetMs ?? 0) - 100 && startMs < observatory.now());
    t.equal(brightest(file, 1).length, 1, 'there are stars in it');
  }

  t.comment('an alarm of the weather closes the dome in the middle of a sequence, which goes on afterwards');
  const second = movedAlert(siteOf(config), limitsOf(config), observatory.now(), 2);
  await beNear(second.target);
  const ivornOfSecond = `${LONG_STREAM}#2`;
  const bytes = Buffer.from(second.bytes.toString().replaceAll(second.ivorn, ivornOfSecond));
  t.match(await sendVOEvent(author, bytes), { accepted: true });
  const stateOfSecond = async () =>
    (await observatory.sequences()).find(({ ivorn }) => ivorn === ivornOfSecond);
  await observatory.until(WAIT_MS, 'the second sequence exposes', async () =>
    (await stateOfSecond())?.state === 'EXPOSING' ? true : undefined,
  );
  await setProperty(port, '-n', 'Weather Simulator.WEATHER_CONTROL.Wind=60');
  await ask('DO WEATHER REFRESH');
  await observatory.until(WAIT_MS, 'the dome is closed', async () =>
    (await ask('GET DOME SHUTTER'))['SHUTTER'] === 'CLOSED' ? true : undefined,
  );
  t.match(await stateOfSecond(), {
    state: 'SCHEDULED',
    reason: /interrupted by DOME: the shutter is CLOS/,
  });
  await t.rejects(ask(`DO TELESCOPE GOTO RA=${alert.target.raDeg}deg DEC=${alert.target.decDeg}deg`), {
    code: 'INTERLOCK',
    message: /DOME: the shutter is CLOS/,
  });
  await setProperty(port, '-n', 'Weather Simulator.WEATHER_CONTROL.Wind=5');
  await ask('DO WEATHER REFRESH');
  const again = await observatory.until(WAIT_MS, 'the second sequence is finished', async () => {
    const sequence = await stateOfSecond();
    return sequence?.state === 'FINISHED' ? sequence : undefined;
  });
  t.equal(again.images.length, 1);
  t.equal(await observatory.stop(), 0);
});
