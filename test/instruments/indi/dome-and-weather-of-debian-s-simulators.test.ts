import t from 'tap';
import { IndiDome, IndiTelescope, IndiWeather } from '../../../src/instruments/index.js';
import { IndiLab } from '../../helpers/indi-lab.js';
import { IndiServer, skip } from '../../helpers/indi-server.js';

const WAIT_MS = 60_000;

t.test('dome and weather', { skip }, async (t) => {
  const server = await IndiServer.start(['dome', 'weather']);
  const at = { host: '127.0.0.1', port: server.port };
  const dome = new IndiDome({ ...at, device: 'Dome Simulator' });
  const weather = new IndiWeather({ ...at, device: 'Weather Simulator' });
  t.teardown(async () => {
    await Promise.all([dome.disconnect(), weather.disconnect()]);
    await server.stop();
  });
  await Promise.all([dome.connect(), weather.connect()]);

  await t.test('a device that is not there is told by name', async (t) => {
    const site = { name: 'SPM', latitudeDeg: 31, longitudeDeg: -115, altitudeM: 0 };
    const nobody = new IndiTelescope({ ...at, device: 'Nobody', site, connectMs: 100 });
    const message = /no device "Nobody"; it has "Dome Simulator", "Weather Simulator"/;
    await t.rejects(nobody.connect(), { code: 'NOT_CONNECTED', message });
    await nobody.disconnect();
    const wrong = new IndiTelescope({ ...at, device: 'Weather Simulator', site, connectMs: 100 });
    await t.rejects(wrong.connect(), { code: 'DRIVER', message: /has no EQUATORIAL_EOD_COORD/ });
    await wrong.disconnect();
  });

  await t.test('what the station measures comes in our units, and an alarm at once', async (t) => {
    t.match(weather.readings, { TEMPERATURE: { value: 15 }, WIND: { value: 0 }, RAIN: { value: 0 } });
    t.equal(weather.status, 'Ok');
    t.same(weather.alarms, []);
    let told = 0;
    weather.onReadings(() => {
      told += 1;
    });
    await weather.indi.set('WEATHER_CONTROL', { Wind: 36, Precip: 2 }, { deadlineMs: WAIT_MS });
    await weather.refresh();
    t.match(weather.readings, { WIND: { value: 10 }, RAIN: { value: 1 } });
    t.equal(weather.status, 'Alert');
    t.match(weather.alarms, [/Wind/, /Precip/]);
    t.ok(told > 0);
    await weather.stop();
  });

  await t.test('the dome opens and turns, a stop halts both, and it closes and parks', async (t) => {
    t.match(dome, { shutter: 'CLOSED', isTurning: false });
    const opening = t.rejects(dome.open(), { code: 'ABORTED' });
    const turning = t.rejects(dome.turnTo(120), { code: 'ABORTED' });
    const isTold = () => dome.shutter === 'OPENING' && dome.indi.isBusy('ABS_DOME_POSITION');
    await dome.indi.until(isTold, { deadlineMs: WAIT_MS }, () => t.fail('it does not begin') as never);
    t.ok(dome.etaS() > 0);
    await dome.stop();
    await Promise.all([opening, turning]);
    t.match(dome, { shutter: 'UNKNOWN', isTurning: false }, 'half way is neither');
    await Promise.all([dome.open(), dome.turnTo(40)]);
    t.match(dome, { shutter: 'OPEN', isTurning: false });
    t.ok(Math.abs(dome.azimuthDeg - 40) < 3);
    await t.rejects(dome.turnTo(361), { code: 'INVALID_VALUE' });
    const calledOff = new AbortController();
    const called = t.rejects(dome.turnTo(200, calledOff.signal), { code: 'ABORTED' });
    await dome.indi.until(
      () => dome.indi.isBusy('ABS_DOME_POSITION'),
      { deadlineMs: WAIT_MS },
      () => t.fail() as never,
    );
    calledOff.abort();
    await called;
    t.equal(dome.isTurning, false);
    await dome.close();
    t.equal(dome.shutter, 'CLOSED');
    await dome.park();
    t.equal(dome.isTurning, false);
    t.equal(dome.etaS(), 0);
  });

  await t.test('a dome is not left open by an agent that stops', async (t) => {
    const lab = await IndiLab.start(t, server.port, ['dome'], { dome: ['voters = '] });
    await lab.until('GET DOME STATE', 'STATE', 'IDLE');
    t.match(await lab.say('DO DOME OPEN'), { SHUTTER: 'OPEN' });
    t.equal(dome.shutter, 'OPEN', 'another client sees it, too');
    await lab.stop('dome');
    const late = () => t.fail(`it is ${dome.shutter}`) as never;
    await dome.indi.until(() => dome.shutter === 'CLOSED', { deadlineMs: WAIT_MS }, late);
  });
});
