import { connect, type Socket } from 'node:net';
import t from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import {
  type BrokerSettings,
  encodeFrame,
  RemoteSubscriber,
  writeTransport,
} from '../../src/voevent/index.js';
import { Backoff } from '../../src/voevent/vtp/backoff.js';
import { until } from '../helpers/until.js';
import { aBroker, HERE, isLive, numbered, TestSubscriber, transportFrame } from './brokers.js';
import { fixture } from './fixtures.js';
import { RawPeer, tcpServer } from './raw-peer.js';

const clock = new ManualClock();
const remote = (port: number): Partial<BrokerSettings> => ({ remotes: [{ host: '127.0.0.1', port }] });

t.test('an event goes from broker to broker, with filters, and round in circles once', async (t) => {
  const first = await aBroker(t);
  const second = await aBroker(t, { ...remote(first.subscriberPort), simple: ['role=observation,test'] });
  const third = await aBroker(t, { ...remote(second.subscriberPort), xpath: ['/*[@role="observation"]'] });
  const subscriber = await TestSubscriber.to(t, third.subscriberPort);
  await subscriber.heard('authenticate');
  await until(10_000, () => [first, second].every(({ broker }) => isLive(broker.report())));
  for (const name of ['swift-point-dir-utility.xml', 'swift-bat-grb-pos-test.xml', 'swift-xrt-pos.xml'])
    await first.send(fixture(name));
  t.same(await subscriber.got(1), [fixture('swift-xrt-pos.xml').toString()]);
  t.equal(first.broker.events.count, 3);
  t.equal(second.broker.events.count, 2);
  t.equal(third.broker.events.count, 1);
  t.match(second.broker.report()['remotes'], [{ state: 'CONNECTED', events: 2, refused: 0 }]);
});

t.test('a remote that comes back is asked for what was missed', async (t) => {
  const first = await aBroker(t);
  const second = await aBroker(t, remote(first.subscriberPort));
  await until(10_000, () => isLive(first.broker.report()));
  await first.send(numbered(1));
  await until(10_000, () => second.broker.events.count === 1);
  await second.close();
  for (let n = 2; n <= 20; n += 1) await first.send(numbered(n));
  const again = await aBroker(t, remote(first.subscriberPort), { directory: second.directory });
  await until(10_000, () => again.broker.events.count === 20);
  t.match(again.broker.report(), { stored: { fresh: 19 } });
});

t.test('poison from a remote costs the packet, not the subscription', async (t) => {
  const answers: string[] = [];
  const reports: (() => unknown)[] = [];
  const port = await tcpServer(t, (socket) => {
    t.teardown(() => socket.destroy());
    const frames = [
      encodeFrame(Buffer.from('garbage')),
      encodeFrame(fixture('swift-xrt-pos.xml').subarray(0, 900)),
      encodeFrame(
        Buffer.from('<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0"/>'),
      ),
      encodeFrame(Buffer.from('<trn:Transport xmlns:trn="http://elsewhere"/>')),
      encodeFrame(fixture('swift-xrt-pos-v1.1.xml')),
      encodeFrame(fixture('swift-uvot-pos-no-namespace.xml')),
      encodeFrame(Buffer.from(numbered(1, '<Strange/>'))),
      Buffer.alloc(4),
      encodeFrame(Buffer.alloc(5 * 1024 * 1024, 'x')),
      transportFrame({ role: 'iamalive', origin: 'ivo://far/away' }),
      encodeFrame(fixture('gaia-alert.xml')),
    ];
    for (const frame of frames) socket.write(frame);
    socket.on('data', (chunk) => answers.push(chunk.toString('latin1')));
  });
  const { broker } = await aBroker(t, remote(port));
  reports.push(() => broker.report()['remotes']);
  await until(10_000, () => broker.events.count === 4);
  const marked = broker.events.after(0, 10).map(({ marks = [] }) => marks.join());
  t.match(marked, [/version "1.1"/, /no namespace/, /Strange/, /^$/], 'what was let pass is marked');
  await until(10_000, () => (answers.join('').match(/role="ack"/g) ?? []).length === 9);
  t.match(answers.join(''), /role="iamalive"[\s\S]*ivo:\/\/far\/away[\s\S]*Response/);
  t.notMatch(answers.join(''), /role="nak"/, 'a refusal would end the subscription there');
  t.match(broker.report()['remotes'], [{ state: 'CONNECTED', events: 4, refused: 5, connections: 1 }]);
});

t.test('an event that is slow to be stored takes nothing from the next connection', async (t) => {
  const sockets: Socket[] = [];
  const port = await tcpServer(t, (socket) => {
    sockets.push(socket);
    t.teardown(() => socket.destroy());
    socket.write(encodeFrame(Buffer.from(numbered(sockets.length))));
  });
  const timers = new ManualClock(0);
  const taken: string[] = [];
  let store = () => {};
  const slow = new Promise<void>((resolve) => {
    store = resolve;
  });
  const options = { host: '127.0.0.1', port, localIvorn: 'ivo://pyros.test/broker', clock, timers };
  const subscriber = new RemoteSubscriber(options, async (bytes) => {
    taken.push(Buffer.from(bytes).toString());
    if (taken.length === 1) await slow;
    return 'ivo://pyros.test/room#1';
  });
  t.teardown(() => subscriber.close());
  await until(10_000, () => taken.length === 1);
  sockets[0]?.destroy();
  await until(10_000, () => subscriber.report.state === 'WAITING');
  await timers.advance(1_000);
  await until(10_000, () => taken.length === 2);
  store();
  await until(10_000, () => subscriber.report.events === 2);
  sockets[1]?.write(encodeFrame(Buffer.from(numbered(3))));
  await until(10_000, () => taken.length === 3);
  t.same(taken, [numbered(1), numbered(2), numbered(3)]);
});

t.test('a remote that accepts and drops is not hammered, nor one that is down', async (t) => {
  for (const isDown of [false, true]) {
    const timers = new ManualClock(0);
    let accepted = 0;
    let port = await tcpServer(t, (socket) => {
      accepted += 1;
      socket.destroy();
    });
    if (isDown) port = 1;
    const options = { host: '127.0.0.1', port, localIvorn: 'ivo://pyros.test/broker', clock, timers };
    const subscriber = new RemoteSubscriber({ ...options, chance: () => 0 }, async () => 'ivo://a/b#c');
    t.teardown(() => subscriber.close());
    const pauses: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      await until(10_000, () => subscriber.report.state === 'WAITING');
      const begunMs = timers.now();
      const { attempts } = subscriber.report;
      while (subscriber.report.attempts === attempts) await timers.advance(500);
      pauses.push((timers.now() - begunMs) / 1000);
    }
    t.same(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60], isDown ? 'down' : 'dropping');
    t.equal(subscriber.report.attempts, 10);
    t.equal(accepted, isDown ? 0 : 10);
  }
});

t.test('a connection that lasted makes the pauses short again; chance only shortens them', async (t) => {
  const backoff = new Backoff(() => 1);
  t.same(
    [0, 0, 59_999, 60_000, 0].map((livedMs) => backoff.next(livedMs)),
    [800, 1600, 3200, 800, 1600],
  );
});

t.test('filters for remotes that are none keep the broker from starting', async (t) => {
  for (const wrong of [{ xpath: ['//Param['] }, { simple: ['role=monster'] }])
    await t.rejects(aBroker(t, { ...remote(1), ...wrong }), { code: 'VOEVENT_FILTER', message: /no good/ });
});

t.test('a remote that falls silent is left, and found again', async (t) => {
  const timers = new ManualClock(0);
  let connections = 0;
  const port = await tcpServer(t, (socket) => {
    connections += 1;
    t.teardown(() => socket.destroy());
    socket.write(encodeFrame(writeTransport({ role: 'authenticate', origin: 'ivo://far/away', params: [] })));
  });
  const options = { host: '127.0.0.1', port, localIvorn: 'ivo://pyros.test/broker', clock, timers };
  const subscriber = new RemoteSubscriber(options, async () => 'ivo://a/b#c');
  t.teardown(() => subscriber.close());
  await until(10_000, () => subscriber.report.heardMs !== undefined);
  await timers.advance(119_000);
  t.equal(subscriber.report.state, 'CONNECTED');
  await timers.advance(1_000);
  await until(10_000, () => subscriber.report.state === 'WAITING');
  t.match(subscriber.report.reason, /nothing came for 120 s/);
  await timers.advance(1_000);
  await until(10_000, () => connections === 2);
});

t.test('when an event cannot be stored there is no acknowledgement, and it comes again', async (t) => {
  let isFull = true;
  const first = await aBroker(t);
  const second = await aBroker(t, remote(first.subscriberPort));
  const { events } = second.broker;
  const add = events.add.bind(events);
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  events.add = (...event) => (isFull ? Promise.reject(full) : add(...event));
  await until(10_000, () => isLive(first.broker.report()));
  await first.send(numbered(1));
  const remotes = () => second.broker.report()['remotes'] as { failed: number; state: string }[];
  await until(10_000, () => remotes()[0]?.state === 'WAITING');
  t.equal(second.broker.events.count, 0);
  isFull = false;
  await second.timers.advance(1_000);
  await until(10_000, () => second.broker.events.count === 1);
  t.match(remotes(), [{ failed: 1, state: 'CONNECTED' }]);
});

t.test('by IPv6 too, and only for those who are on the list', async (t) => {
  const v6 = { host: '::1', port: 0 };
  const first = await aBroker(t, { receive: [v6], broadcast: [v6], broadcastAllow: ['::1'] });
  const second = await aBroker(t, { remotes: [{ host: '::1', port: first.subscriberPort }] });
  await until(10_000, () => isLive(first.broker.report()));
  const socket = connect({ host: '::1', port: first.port });
  t.teardown(() => socket.destroy());
  socket.write(encodeFrame(Buffer.from(numbered(1))));
  await until(10_000, () => second.broker.events.count === 1);
  const closed = await aBroker(t, { receiveAllow: ['192.0.2.0/24'], broadcastAllow: ['192.0.2.1'] });
  for (const port of [closed.port, closed.subscriberPort]) await (await RawPeer.to(t, port)).closed;
  t.equal(HERE.port, 0);
});
