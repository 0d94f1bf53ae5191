import { readFileSync } from 'node:fs';
import t from 'tap';
import { readFits } from '../../../src/instruments/index.js';
import { HorizonFrame } from '../../../src/sky/index.js';
import { IndiLab } from '../../helpers/indi-lab.js';
import { IndiServer, skip } from '../../helpers/indi-server.js';

const SITE = { name: 'Test', latitudeDeg: 31.0439, longitudeDeg: -115.4637, altitudeM: 2800 };

t.test('sentences move the devices of an INDI server', { skip }, async (t) => {
  const server = await IndiServer.start(['telescope', 'ccd', 'wheel', 'focus', 'dome', 'weather']);
  t.teardown(() => server.stop());
  const devices = ['telescope', 'camera_vis', 'filterwheel_vis', 'focuser', 'dome', 'weather', 'plc'];
  const lab = await IndiLab.start(t, server.port, devices);
  const at = (altitudeDeg: number, azimuthDeg: number) => {
    const { raDeg, decDeg } = new HorizonFrame(SITE, lab.clock.now()).equatorial({ altitudeDeg, azimuthDeg });
    return { words: `RA=${raDeg}deg DEC=${decDeg}deg` };
  };
  for (const device of ['TELESCOPE', 'CAMERA:VIS', 'FILTERWHEEL:VIS', 'FOCUSER', 'DOME', 'WEATHER']) {
    await lab.until(`GET ${device} CAPABILITIES`, 'DRIVER', 'indi');
    const { STATE } = await lab.say(`GET ${device} STATE`);
    if (STATE === 'STARTING') await lab.until(`GET ${device} STATE`, 'REASON', undefined);
  }

  const start = await lab.say('GET TELESCOPE POSITION');

  await t.test('a slew, a filter and a focus become the header of an image', async (t) => {
    // Near to where the mount begins: it is slow.
    const target = { raDeg: Number(start['RA']), decDeg: 84 };
    const told: unknown[] = [];
    const [there] = await Promise.all([
      lab.say(`DO TELESCOPE GOTO RA=${target.raDeg}deg DEC=${target.decDeg}deg`, (values) =>
        told.push(values),
      ),
      lab.say('SET FILTERWHEEL:VIS POSITION blue'),
      lab.say('DO FOCUSER MOVE TO=36700'),
    ]);
    t.ok(told.length > 0, 'progress was told');
    t.ok(Math.abs(Number(there['DEC']) - target.decDeg) * 3600 < 20);
    t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'TRACKING', BUSY: false });
    const { PATH } = await lab.say('DO CAMERA:VIS EXPOSE EXPTIME=0.5s OBJECT=field');
    const { AGE } = await lab.say('GET FILTERWHEEL:VIS STATE');
    t.ok(Number(AGE) >= 0.4, 'a wheel that stands says nothing meanwhile');
    const { header, width, checksumValid } = readFits(readFileSync(String(PATH)));
    t.match({ width, checksumValid }, { width: 1280, checksumValid: true });
    t.match(
      Object.fromEntries(
        ['FILTER', 'DETECTOR', 'IMAGETYP', 'OBJECT'].map((name) => [name, header.text(name)]),
      ),
      { FILTER: 'Blue', DETECTOR: 'CCD Simulator', IMAGETYP: 'LIGHT', OBJECT: 'field' },
    );
    t.equal(header.number('FOCUSPOS'), 36_700);
    t.ok(Math.abs((header.number('CRVAL2') ?? 0) - target.decDeg) * 3600 < 20);
    t.match(header.text('DATE-OBS'), /^2026-03-20T05:/, 'by the clock of the observatory');
    t.ok(Math.abs((header.number('TEL-ALT') ?? 0) - Number(there['ALT'])) < 0.5);
  });

  await t.test('the agent, not the driver, knows where a telescope must not go', async (t) => {
    await t.rejects(lab.say(`DO TELESCOPE GOTO ${at(5, 100).words}`), { code: 'BELOW_LIMIT' });
    await t.rejects(lab.say('DO CAMERA:VIS EXPOSE EXPTIME=4000s'), { code: 'INVALID_VALUE' });
    await t.rejects(lab.say('DO CAMERA:VIS SIMULATE HANG'), { code: 'NOT_IMPLEMENTED' });
  });

  await t.test('STOP overtakes, and GET does not wait', async (t) => {
    let seen = () => {};
    const begun = new Promise<void>((resolve) => {
      seen = resolve;
    });
    const going = lab.say(`DO TELESCOPE GOTO ${at(40, 200).words}`, () => seen());
    const ended = t.rejects(going, { code: 'ABORTED' });
    await begun;
    t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'MOVING', BUSY: true });
    await lab.say('DO TELESCOPE STOP');
    await ended;
    t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'IDLE', BUSY: false });
  });

  await t.test('a driver that crashes fails its command at once, and is connected again', async (t) => {
    let exposes = () => {};
    const begun = new Promise<void>((resolve) => {
      exposes = resolve;
    });
    const exposing = lab.say('DO CAMERA:VIS EXPOSE EXPTIME=600s', () => exposes());
    const ended = t.rejects(exposing, { code: 'DRIVER', message: /has died/ });
    await begun;
    await lab.until('GET CAMERA:VIS STATE', 'STATE', 'EXPOSING');
    await server.set('-s', 'CCD Simulator.CCD_SIMULATE_CRASH.CRASH=On');
    await ended;
    await lab.until('GET CAMERA:VIS STATE', 'STATE', 'IDLE');
    const { PATH } = await lab.say('DO CAMERA:VIS EXPOSE EXPTIME=0.2s');
    t.match(PATH, /\.fits$/);
    t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'IDLE' }, 'the others go on');
  });

  await t.test('the dome opens when the station says so, and an alarm closes it', async (t) => {
    await lab.until('GET WEATHER SAFE', 'SAFE', true);
    await lab.say('DO PLC HEARTBEAT TTL=300s');
    await lab.until('GET DOME INTERLOCK', 'INTERLOCK', false);
    t.match(await lab.say('DO DOME OPEN'), { SHUTTER: 'OPEN' });
    await server.set('-n', 'Weather Simulator.WEATHER_CONTROL.Wind=60');
    await lab.say('DO WEATHER REFRESH');
    await lab.until('GET WEATHER SAFE', 'SAFE', false);
    const { REASONS } = await lab.say('GET WEATHER SAFE');
    t.match(REASONS, [/^wind 16\.7 m\/s is above 15 m\/s/, /the station warns: Wind/]);
    await lab.until('GET DOME SHUTTER', 'SHUTTER', 'CLOSED');
    await t.rejects(lab.say('DO DOME OPEN'), { code: 'UNSAFE' });
  });

  await t.test('all park', async (t) => {
    await server.set('-s', 'Telescope Simulator.TELESCOPE_PARK_OPTION.PARK_CURRENT=On');
    t.ok(await lab.say('DO TELESCOPE PARK'));
    t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'PARKED' });
    t.match(await lab.say('DO DOME PARK'), { SHUTTER: 'CLOSED' });
  });

  await t.test('a server that has gone is told of, and found again', async () => {
    await server.restart();
    await lab.until('GET TELESCOPE STATE', 'STATE', 'STARTING');
    await lab.until('GET TELESCOPE STATE', 'REASON', undefined);
  });
});
