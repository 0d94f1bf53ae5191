import t from 'tap';
import { PlcHeartbeat, Votes } from '../../../src/instruments/index.js';
import { InstrumentLab } from '../../helpers/instrument-lab.js';

const SLOW = { weather: ['hold_off = 5min'] };

const shutterOf = async (lab: InstrumentLab) => (await lab.begin('GET DOME SHUTTER'))?.['SHUTTER'];
const objectionsOf = async (lab: InstrumentLab) =>
  (await lab.begin('GET DOME INTERLOCK'))?.['REASONS'] as string[];

async function opened(lab: InstrumentLab): Promise<void> {
  await lab.say('DO PLC HEARTBEAT TTL=300s');
  await lab.until(async () => (await objectionsOf(lab)).length === 0);
  await lab.say('DO DOME OPEN');
}

t.test('it opens only while weather and PLC agree, and closes by itself', async (t) => {
  const lab = await InstrumentLab.start(t, ['dome', 'plc', 'weather'], SLOW);
  await lab.until(async () => (await objectionsOf(lab)).length === 1);
  await t.rejects(lab.say('DO DOME OPEN'), { code: 'INTERLOCK', message: /nobody has given a sign of life/ });
  await opened(lab);
  t.equal(await shutterOf(lab), 'OPEN');

  t.comment('rain: told at once, without anybody asking');
  await lab.begin('SET WEATHER SIMULATE.RAIN ON');
  await lab.until(async () => (await shutterOf(lab)) === 'CLOSING');
  await lab.until(async () => (await shutterOf(lab)) === 'CLOSED', 1000);
  await t.rejects(lab.say('DO DOME OPEN'), { code: 'UNSAFE', message: /it rains/ });
  await lab.say('SET WEATHER SIMULATE.RAIN OFF');
  t.match(await lab.say('GET WEATHER SAFE'), { SAFE: false, REASONS: [/a short while ago/] });
  await t.rejects(lab.say('DO DOME OPEN'), { code: 'UNSAFE' }, 'a hold-off passes first');
  for (let minute = 0; minute < 5; minute += 1) {
    await lab.say('DO PLC HEARTBEAT TTL=300s');
    for (let n = 0; n < 12; n += 1) await lab.clock.advance(5000);
  }
  t.match(await lab.say('GET WEATHER SAFE'), { SAFE: true });

  t.comment('a shutter that is opening turns round, and STOP does not keep it open');
  await lab.until(async () => (await objectionsOf(lab)).length === 0);
  const opening = lab.begin('DO DOME OPEN');
  await lab.until(async () => (await shutterOf(lab)) === 'OPENING');
  await lab.clock.advance(5000);
  await lab.begin('SET PLC SIMULATE.EMERGENCY ON');
  await t.rejects(opening, { code: 'INTERLOCK', message: /emergency stop/ });
  await lab.say('DO DOME STOP');
  await lab.until(async () => (await shutterOf(lab)) === 'CLOSED', 1000);
  await lab.say('SET PLC SIMULATE.EMERGENCY OFF');
  t.match(await lab.say('GET PLC INTERLOCKS'), { INTERLOCKS: ['EMERGENCY'] }, 'until somebody has looked');
  await lab.say('DO PLC RESET');
  t.match(await lab.say('GET PLC STATUS'), { SAFE: true, EMERGENCY: false });
});

t.test('without a sign of life the PLC closes it; without votes it closes by itself', async (t) => {
  const lab = await InstrumentLab.start(t, ['dome', 'plc', 'weather'], SLOW);
  await opened(lab);
  const heartbeat = new PlcHeartbeat(lab.clock, 60, (error) => t.fail(String(error)));
  heartbeat.start();
  await lab.until(async () => Number((await lab.begin('GET PLC STATUS'))?.['HEARTBEAT']) <= 60);
  for (let n = 0; n < 30; n += 1) {
    await lab.clock.advance(5000);
    await lab.begin('GET PLC STATUS');
  }
  t.equal(await shutterOf(lab), 'OPEN', 'while it comes');
  heartbeat.end();
  await lab.until(async () => (await shutterOf(lab)) === 'CLOSED', 1000);
  t.match(await lab.say('GET PLC INTERLOCKS'), { INTERLOCKS: ['HEARTBEAT'], CAUSES: [/60 s was missed/] });

  t.comment('a weather station that says nothing is not safe');
  await opened(lab);
  await lab.say('DO WEATHER SIMULATE FAULT=HANG TIMES=1000');
  await lab.until(async () => (await shutterOf(lab)) === 'CLOSED', 1000);
  t.match(await lab.say('GET WEATHER SAFE'), { SAFE: false, REASONS: [/was measured \d+ s ago/] });
  await lab.say('DO WEATHER SIMULATE FAULT=NONE');
  await lab.say('DO WEATHER REFRESH');

  t.comment('an agent that is gone is not safe either');
  await lab.say('SET WEATHER HOLDOFF 0s');
  await opened(lab);
  await lab.during(lab.agent('weather').stop());
  await lab.until(async () => (await shutterOf(lab)) === 'CLOSED', 1000);
  await t.rejects(lab.say('DO DOME OPEN'), { code: 'STALE', message: /vote of WEATHER is \d+ s old/ });
});

t.test('a dome that turns stops for people, closed as it is', async (t) => {
  const lab = await InstrumentLab.start(t, ['dome', 'plc', 'weather'], SLOW);
  await lab.say('DO PLC HEARTBEAT TTL=300s');
  await lab.until(async () => (await objectionsOf(lab)).length === 0);
  const away = async () => (Number((await lab.begin('GET DOME AZ'))?.['AZ']) > 200 ? 350 : 60);
  const turning = lab.begin(`DO DOME GOTO AZ=${await away()}`);
  await lab.until(async () => (await lab.begin('GET DOME STATE'))?.['STATE'] === 'MOVING');
  await lab.begin('SET PLC SIMULATE.EMERGENCY ON');
  await t.rejects(turning, { code: 'INTERLOCK', message: /EMERGENCY/ });
  await lab.until(async () => (await lab.begin('GET DOME STATE'))?.['STATE'] === 'IDLE');
  for (const sentence of ['DO DOME PARK', 'DO DOME GOTO AZ=10']) {
    await t.rejects(lab.say(sentence), { code: 'INTERLOCK' }, sentence);
  }
});

t.test('whoever votes no without a reason has objected', async (t) => {
  const votes = new Votes(['PLC'], 1000);
  votes.take({ device: 'PLC', safe: false, reasons: [], interlocks: [], timeMs: 0 });
  t.match(votes.objections(0), [{ device: 'PLC', stale: false, reason: /says no/ }]);
});

t.test('it follows the telescope when it is told to', async (t) => {
  const lab = await InstrumentLab.start(t, ['dome', 'telescope'], { dome: ['voters = '] });
  await lab.say('SET DOME SLAVED ON');
  await t.rejects(lab.say('DO DOME GOTO AZ=10'), { code: 'SLAVED' });
  await lab.say('DO TELESCOPE GOTO_ALTAZ ALT=50 AZ=75');
  const azimuth = async () => Number((await lab.begin('GET DOME AZ'))?.['AZ']);
  await lab.until(async () => Math.abs((await azimuth()) - 75) <= 2, 500);
  t.match(await lab.say('DO DOME PARK'), { AZ: 180 });
  for (let n = 0; n < 5; n += 1) await lab.clock.advance(2000);
  t.equal(await azimuth(), 180, 'parked, it follows nobody');
  await lab.say('SET DOME SLAVED OFF');
  t.match(await lab.say('DO DOME GOTO AZ=350deg'), { AZ: 350 });
  t.match(await lab.say('DO DOME PARK'), { SHUTTER: 'CLOSED', AZ: 180 });
});

t.test('what the weather says has its age, and its limits can be set', async (t) => {
  const lab = await InstrumentLab.start(t, ['weather'], { weather: ['votes_to = ', 'hold_off = 0s'] });
  await lab.say('SET WEATHER SIMULATE.WIND 36km/h');
  await lab.clock.advance(4000);
  const conditions = (await lab.say('GET WEATHER CONDITIONS')) as { WIND_AGE: number };
  t.match(conditions, { WIND: 10, RAIN: false, TEMPERATURE: Number });
  // A sample may have been taken a moment before.
  t.ok(conditions.WIND_AGE >= 4 && conditions.WIND_AGE < 5, `${conditions.WIND_AGE} s`);
  t.match(await lab.say('GET WEATHER SAFE'), { SAFE: true });
  await lab.say('SET WEATHER LIMIT.WIND 9m/s');
  await lab.say('DO WEATHER REFRESH');
  t.match(await lab.say('GET WEATHER SAFE'), { SAFE: false, REASONS: ['wind 10.0 m/s is above 9 m/s'] });
});
