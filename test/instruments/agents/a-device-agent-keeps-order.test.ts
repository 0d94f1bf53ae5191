import t from 'tap';
import { Sender } from '../../../src/mesh/index.js';
import { InstrumentLab } from '../../helpers/instrument-lab.js';

t.test('one controls, everybody reads, and stop is always accepted', async (t) => {
  const lab = await InstrumentLab.start(t, ['filterwheel_vis']);
  t.same(await lab.say('GET FILTERWHEEL:VIS NAMES'), { NAMES: ["g'", "r'", "i'", "z'", 'clear', 'dark'] });
  t.match(await lab.say("SET FILTERWHEEL:VIS POSITION z'"), { NAME: "z'", POSITION: 4 });
  t.match(await lab.say('SET FILTERWHEEL:VIS POSITION CLEAR'), { NAME: 'clear', POSITION: 5 });
  await t.rejects(lab.say('SET FILTERWHEEL:VIS POSITION h'), {
    code: 'INVALID_VALUE',
    message: /there are g', r'/,
  });
  await t.rejects(lab.say('SET FILTERWHEEL:VIS POSITION 7'), {
    code: 'INVALID_VALUE',
    message: /from 1 to 6/,
  });

  await lab.say('DO FILTERWHEEL:VIS LOCK OWNER=ada TTL=30s');
  await t.rejects(lab.say('SET FILTERWHEEL:VIS POSITION 1'), { code: 'DENIED', message: /ada has the lock/ });
  await t.rejects(lab.say('DO FILTERWHEEL:VIS LOCK OWNER=bob'), { code: 'DENIED' });
  await t.rejects(lab.say('DO FILTERWHEEL:VIS UNLOCK OWNER=bob'), { code: 'DENIED' });
  t.match(await lab.say('GET FILTERWHEEL:VIS LOCK'), { OWNER: 'ada', LEFT: Number });
  t.match(await lab.say('GET FILTERWHEEL:VIS POSITION'), { NAME: 'clear' });
  const turning = lab.begin('SET FILTERWHEEL:VIS POSITION 2 OWNER=ada');
  await lab.until(async () => (await lab.begin('GET FILTERWHEEL:VIS STATE'))?.['STATE'] === 'MOVING');
  await t.rejects(lab.begin('SET FILTERWHEEL:VIS POSITION 3 OWNER=ada'), {
    code: 'BUSY',
    message: /SET POSITION goes on/,
  });
  await lab.during(lab.begin('DO FILTERWHEEL:VIS STOP'));
  await t.rejects(turning, { code: 'ABORTED' }, 'whoever has no lock may stop');
  await lab.clock.advance(30_000);
  t.match(await lab.say('SET FILTERWHEEL:VIS POSITION 1'), { POSITION: 1 }, 'a lock ends by itself');
});

t.test('a driver that fails is started anew, and what it did fails at once with the reason', async (t) => {
  const lab = await InstrumentLab.start(t, ['filterwheel_vis']);
  const state = async () => (await lab.begin('GET FILTERWHEEL:VIS STATE'))?.['STATE'];
  for (const [fault, code] of [
    ['CRASH', 'DRIVER'],
    ['DISCONNECT', 'NOT_CONNECTED'],
  ]) {
    const turning = lab.begin('SET FILTERWHEEL:VIS POSITION 4');
    await lab.until(async () => (await state()) === 'MOVING');
    await lab.begin(`DO FILTERWHEEL:VIS SIMULATE FAULT=${fault}`);
    await t.rejects(turning, { code, message: /simulated/ }, `${fault}: at once, no time has passed`);
    t.match(await lab.begin('GET FILTERWHEEL:VIS STATE'), { STATE: 'STARTING', REASON: /simulated/ });
    await t.rejects(lab.begin('SET FILTERWHEEL:VIS POSITION 4'), {
      code: 'NOT_CONNECTED',
      message: /simulated/,
    });
    await lab.until(async () => (await state()) === 'IDLE', 100);
    t.match(await lab.say('SET FILTERWHEEL:VIS POSITION 1'), { POSITION: 1 });
  }

  t.comment('a driver that hangs is given up after the deadline of the command');
  await lab.say('DO FILTERWHEEL:VIS SIMULATE FAULT=HANG');
  const hangs = lab.begin('SET FILTERWHEEL:VIS POSITION 2');
  await t.rejects(lab.during(hangs, 5000), {
    code: 'TIMEOUT',
    message: /SET POSITION was not over after 60 s/,
  });
  await lab.until(async () => (await state()) === 'IDLE', 100);
  t.match(await lab.say('SET FILTERWHEEL:VIS POSITION 2'), { POSITION: 2 });

  t.comment('a device that refuses says so, and goes on');
  await lab.say('DO FILTERWHEEL:VIS SIMULATE FAULT=REFUSE TIMES=2');
  await t.rejects(lab.say('SET FILTERWHEEL:VIS POSITION 3'), { code: 'DRIVER', message: /refuses/ });
  await t.rejects(lab.say('DO FILTERWHEEL:VIS HOME'), { code: 'DRIVER' });
  t.match(await lab.say('SET FILTERWHEEL:VIS POSITION 3'), { POSITION: 3 });

  t.comment('whoever lets go of it stays so');
  await lab.say('DO FILTERWHEEL:VIS DISCONNECT');
  await lab.clock.advance(60_000);
  t.match(await lab.say('GET FILTERWHEEL:VIS STATE'), { STATE: 'OFFLINE', REASON: /DISCONNECT/ });
  await lab.say('DO FILTERWHEEL:VIS CONNECT');
  t.equal(await state(), 'IDLE');
  await lab.say('DO FILTERWHEEL:VIS RESET');
  await lab.say('DO FILTERWHEEL:VIS INIT');
  t.match(await lab.say('GET FILTERWHEEL:VIS POSITION'), { POSITION: 1 });
  t.match(await lab.agent('filterwheel_vis').state, 'READY');
});

t.test('what it cannot do, does not know, or may not, it says', async (t) => {
  const lab = await InstrumentLab.start(t, ['plc', 'weather'], {
    plc: ['set_plc_light_from = pyros', 'votes_to = '],
    weather: ['votes_to = '],
  });
  await t.rejects(lab.say('DO PLC INIT'), {
    code: 'NOT_IMPLEMENTED',
    message: /simulator driver of PLC has no DO INIT/,
  });
  await t.rejects(lab.say('DO PLC JUMP'), { code: 'UNKNOWN_COMMAND', message: /\^JUMP/ });
  await t.rejects(lab.say('set plc  light ON'), { code: 'DENIED', message: /set_plc_light_from = pyros/ });
  t.match(await lab.say('GET PLC HELP LIGHT'), { HELP: [/^SET PLC LIGHT ON,OFF: /] });
  t.match(await lab.say('GET PLC CAPABILITIES'), { DRIVER: 'simulator', DO: ['LOCK'] });
  const { agents } = lab.config;
  const elsewhere = lab.during(Sender.request('plc', 'GET WEATHER SAFE'));
  await t.rejects(elsewhere, {
    code: 'UNKNOWN_COMMAND',
    message: new RegExp(`port ${agents.get('weather')?.receivePort}`),
  });
});
