import t, { type Test } from 'tap';
import { ManualClock } from '../../../src/clock/index.js';
import { IndiClient, IndiDevice } from '../../../src/instruments/index.js';
import { type Answer, changed, defined, FakeIndi } from '../../helpers/fake-indi.js';
import { until } from '../../helpers/until.js';

const WAIT_MS = 20_000;
const DEFINITIONS = [
  defined('A', 'CONNECTION', { CONNECT: false, DISCONNECT: true }),
  defined('A', 'SLOT', { VALUE: 1 }).replace("min='0' max='0'", "min='1' max='8'"),
  defined('A', 'NAME', { TEXT: 'x' }),
  defined('A', 'FIXED', { VALUE: 1 }).replace('perm="rw"', 'perm="ro"'),
  defined('B', 'SLOT', { VALUE: 1 }),
].join('\n');

/** A client of a server that answers getProperties, and else what `answer` says. */
async function build(t: Test, answer: Answer = () => undefined) {
  const server = await FakeIndi.start((element) =>
    element === '<getProperties version="1.7"/>' ? DEFINITIONS : answer(element),
  );
  const clock = new ManualClock();
  const client = new IndiClient({ host: '127.0.0.1', port: server.port, clock });
  t.teardown(async () => {
    client.close();
    await server.stop();
  });
  await until(WAIT_MS, () => client.vector('B', 'SLOT') !== undefined);
  const set = (value: number, more: object = {}) =>
    client.command('A', 'SLOT', { VALUE: value }, { deadlineMs: 5_000, ...more });
  const heard = (value: number) => server.heard(`>${value}</oneNumber>`);
  return { server, clock, client, set, heard };
}

t.test('a command is done when its property is not busy any more', async (t) => {
  const { server, client, set, heard, clock } = await build(t);
  const done = set(3);
  t.equal(
    await heard(3),
    '<newNumberVector device="A" name="SLOT"><oneNumber name="VALUE">3</oneNumber></newNumberVector>',
  );
  server.say(changed('B', 'SLOT', 'Ok', { VALUE: 9 }) + changed('A', 'SLOT', 'Busy', { VALUE: 2 }));
  await until(WAIT_MS, () => client.vector('A', 'SLOT')?.state === 'Busy');
  t.equal(client.runningCommands, 1, 'another device of the same connection is no answer');
  server.say(changed('A', 'SLOT', 'Idle', { VALUE: 3 }));
  t.equal((await done).number('VALUE'), 3);
  t.equal(client.runningCommands, 0);
  t.equal(clock.pending, 1, 'its deadline is forgotten; the watch over silence stays');
});

t.test('silence is an error after the deadline of the command', async (t) => {
  const { set, heard, clock } = await build(t);
  const late = t.rejects(set(3), { code: 'TIMEOUT', message: /"A" SLOT was not done within 5 s/ });
  await heard(3);
  await clock.advance(4_999);
  await clock.advance(1);
  await late;
});

t.test('what the server would be silent about is refused at once', async (t) => {
  const { client, server, clock } = await build(t);
  const wait = { deadlineMs: 1e9 };
  const refused: [string, string, string, number, string][] = [
    ['A', 'NOTHING', 'VALUE', 1, 'NOT_IMPLEMENTED'],
    ['Nobody', 'SLOT', 'VALUE', 1, 'NOT_IMPLEMENTED'],
    ['A', 'SLOT', 'OTHER', 1, 'NOT_IMPLEMENTED'],
    ['A', 'FIXED', 'VALUE', 1, 'INVALID_OPERATION'],
    ['A', 'SLOT', 'VALUE', 9, 'INVALID_VALUE'],
    ['A', 'SLOT', 'VALUE', Number.NaN, 'INVALID_VALUE'],
    ['B', 'SLOT', 'VALUE', Number.POSITIVE_INFINITY, 'INVALID_VALUE'],
  ];
  for (const [device, name, member, value, code] of refused) {
    await t.rejects(client.command(device, name, { [member]: value }, wait), { code });
  }
  t.notMatch(server.received.join(), 'newNumberVector');
  const device = new IndiDevice(client, 'Nobody');
  const gone = t.rejects(device.connect({ deadlineMs: 1 }), {
    code: 'NOT_CONNECTED',
    message: /has no device "Nobody"; it has "A", "B"/,
  });
  await clock.advance(1);
  await gone;
});

t.test('an alert is told with the words that the driver sent before it', async (t) => {
  const { server, client, set, heard } = await build(t);
  server.say(`<message device="A" message="[INFO] an old word"/>${changed('B', 'SLOT', 'Ok', { VALUE: 2 })}`);
  await until(WAIT_MS, () => client.vector('B', 'SLOT')?.state === 'Ok');
  const refused = t.rejects(set(3), {
    code: 'DRIVER',
    message: /refused or failed: "\[ERROR\] it is stuck"/,
  });
  await heard(3);
  server.say(`<message device="B" message="of another"/><message device="A" message="[ERROR] it is stuck"/>`);
  server.say(changed('A', 'SLOT', 'Alert', { VALUE: 1 }));
  await refused;
  const within = t.rejects(set(4), { message: /"in the vector"/ });
  await heard(4);
  server.say(changed('A', 'SLOT', 'Alert', { VALUE: 1 }, 'message="in the vector"'));
  await within;
  const silent = t.rejects(set(5), { message: /without a reason/ });
  await heard(5);
  server.say(changed('A', 'SLOT', 'Alert', { VALUE: 1 }));
  await silent;
});

t.test('the death of a driver ends its commands at once, and only those', async (t) => {
  const { server, client, set, heard } = await build(t);
  const other = client.command('B', 'SLOT', { VALUE: 7 }, { deadlineMs: 1000 });
  const died = t.rejects(set(3), { code: 'DRIVER', message: /the driver of "A" has died/ });
  await heard(3);
  server.say('<delProperty device="A" name="NAME"/><delProperty device="A"/>');
  await died;
  server.say(changed('B', 'SLOT', 'Ok', { VALUE: 7 }));
  t.equal((await other).number('VALUE'), 7);
  t.same(client.devices, ['B']);
  server.say(DEFINITIONS);
  await until(WAIT_MS, () => client.devices.length === 2);
  const gone = t.rejects(set(4), { code: 'DRIVER', message: /"A" SLOT is gone/ });
  await heard(4);
  server.say('<delProperty device="A" name="SLOT"/>');
  await gone;
});

t.test('a newer command, or who sent it, ends a command', async (t) => {
  const { server, set, heard } = await build(t);
  const first = t.rejects(set(3), { code: 'ABORTED', message: /superseded by a newer one/ });
  const second = set(4);
  await first;
  const cause = new Error('enough');
  const third = t.rejects(set(5, { signal: AbortSignal.abort(cause) }), { code: 'ABORTED', cause });
  await third;
  await heard(4);
  server.say(changed('A', 'SLOT', 'Ok', { VALUE: 4 }));
  await second;
  t.notMatch(server.received.join(), '>5<', 'what is called off already is not sent');
  const calledOff = new AbortController();
  const fourth = t.rejects(set(6, { signal: calledOff.signal }), { code: 'ABORTED', cause });
  calledOff.abort(cause);
  await fourth;
});

t.test('a lost connection ends all commands, and is made anew', async (t) => {
  const { server, client, clock, set, heard } = await build(t);
  client.enableBlobs('A');
  const lost = t.rejects(set(3), { code: 'NOT_CONNECTED' });
  await heard(3);
  server.cut();
  await lost;
  t.same(client.devices, [], 'nothing is known of it now');
  await t.rejects(set(3), { code: 'NOT_CONNECTED', message: /no INDI server at 127\.0\.0\.1/ });
  server.received = [];
  await clock.advance(200);
  await until(WAIT_MS, () => client.vector('B', 'SLOT') !== undefined);
  t.equal(server.connections, 2);
  await server.heard('<enableBLOB device="A">Also</enableBLOB>');
});

t.test('a server that talks nonsense is left, and called again less and less often', async (t) => {
  const { server, client, clock } = await build(t);
  for (const [connections, pauseMs] of [
    [2, 200],
    [3, 400],
    [4, 800],
  ] as const) {
    server.say('</nonsense>');
    await until(WAIT_MS, () => !client.isConnected);
    t.match(client.notConnected(), { code: 'NOT_CONNECTED', message: /breaks the protocol/ });
    await clock.advance(pauseMs - 1);
    await clock.advance(1);
    await until(WAIT_MS, () => client.isConnected);
    t.equal(server.connections, connections);
  }
});

t.test('a server that falls silent is asked, and then given up', async (t) => {
  const { server, client, clock } = await build(t);
  await clock.advance(15_000);
  await server.heard('<getProperties version="1.7" device="A" name="CONNECTION"/>');
  server.say(changed('B', 'SLOT', 'Ok', { VALUE: 5 }));
  await until(WAIT_MS, () => client.vector('B', 'SLOT')?.number('VALUE') === 5);
  await clock.advance(30_000);
  t.equal(client.isConnected, true, 'it has said something in between');
  await clock.advance(15_000);
  t.equal(client.isConnected, false);
  t.match(client.notConnected(), { message: /nothing was heard of it for 45 s/ });
});

t.test('a server that asks whether we are there gets its answer', async (t) => {
  const { server } = await build(t);
  server.say('<pingRequest uid="a&lt;1"/>');
  await server.heard('<pingReply uid="a&lt;1"/>');
});

t.test('texts are written so that they come in as they were', async (t) => {
  const { client, server } = await build(t);
  const text = `<"O'Brien" & \u0001co>`;
  client.command('A', 'NAME', { TEXT: text }, { deadlineMs: 1000 }).catch(() => undefined);
  await server.heard('>&lt;&quot;O&apos;Brien&quot; &amp;  co&gt;</oneText>');
});

t.test('a server cannot fill our memory by properties', async (t) => {
  const server = await FakeIndi.start(() => undefined);
  const clock = new ManualClock();
  const limits = { devices: 3, properties: 5, stateBytes: 3_000 };
  const client = new IndiClient({ host: '127.0.0.1', port: server.port, clock, limits });
  t.teardown(async () => {
    client.close();
    await server.stop();
  });
  const floods: [string, RegExp][] = [
    [[1, 2, 3, 4].map((n) => defined(`D${n}`, 'P', { V: n })).join(''), /more than 3 devices/],
    [[1, 2, 3, 4, 5, 6].map((n) => defined('D', `P${n}`, { V: n })).join(''), /more than 5 properties/],
    [[1, 2].map((n) => defined('D', `P${n}`, { V: 'x'.repeat(1500) })).join(''), /more than 3000 bytes/],
    [
      defined('D', 'P', { V: 'x' }) + changed('D', 'P', 'Ok', { V: 'x'.repeat(3000) }),
      /more than 3000 bytes/,
    ],
  ];
  for (const [flood, message] of floods) {
    for (; !client.isConnected; ) {
      await clock.advance(10_000);
      await until(WAIT_MS, () => client.isConnected || client.notConnected().cause !== undefined);
    }
    await until(WAIT_MS, () => server.received.length > 0);
    // The same again is no flood.
    const fine = defined('D', 'P', { V: 1 }).repeat(100);
    server.say(fine + flood);
    await until(WAIT_MS, () => !client.isConnected);
    t.match(client.notConnected(), { message });
    server.received = [];
  }
});
