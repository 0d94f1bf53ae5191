import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import { Store } from '../../src/store/index.js';
import {
  EventStore,
  encodeFrame,
  STRICT,
  sendVOEvent,
  type VOEvent,
  VOEventError,
  writeTransport,
} from '../../src/voevent/index.js';
import { until } from '../helpers/until.js';
import { aBroker, isLive, TestSubscriber } from './brokers.js';
import { fixture, fixtureNames, fixturesAnswered, smallEvent } from './fixtures.js';
import { LOCAL_IVORN, RawPeer, receiver, tcpServer } from './raw-peer.js';

const take = async () => {};
const host = '127.0.0.1';

t.test('each sample gets the answer that the table beside it says', async (t) => {
  const taken: { bytes: Uint8Array; event: VOEvent; peer: string }[] = [];
  const { port, counters } = await receiver(t, async (bytes, { event }, peer) => {
    taken.push({ bytes, event, peer });
  });
  const accepted = fixturesAnswered('ack');
  for (const name of fixtureNames) {
    const answer = await sendVOEvent({ host, port }, fixture(name));
    t.equal(answer.accepted, accepted.includes(name), name);
    if (!answer.accepted) t.match(answer.reason, /VOEvent/, 'the reason is told');
    else {
      const last = taken.at(-1);
      t.ok(fixture(name).equals(last?.bytes ?? Buffer.alloc(0)), 'the very bytes are handed over');
      t.equal(answer.origin, last?.event.ivorn);
      t.match(last?.peer, /^127\.0\.0\.1:\d+$/);
    }
  }
  t.strictSame(counters, {
    received: 24,
    accepted: 16,
    refused: 8,
    failed: 0,
    byCode: { VOEVENT_NAMESPACE: 2, VOEVENT_VERSION: 1, VOEVENT_ROOT: 5 },
  });
});

t.test('the answer says who answers what, and when', async (t) => {
  const clock = new ManualClock(Date.UTC(2026, 5, 1));
  const { port } = await receiver(t, take, { clock });
  const peer = await RawPeer.to(t, port);
  peer.send(encodeFrame(fixture('gaia-alert.xml')), encodeFrame(Buffer.from(smallEvent('<Foo/>'))));
  const [ack, nak] = await peer.answered(2);
  const timeStamp = '2026-06-01T00:00:00.000Z';
  t.strictSame(ack, {
    role: 'ack',
    origin: 'ivo://gaia.cam.uk/alerts#Gaia16aac',
    response: LOCAL_IVORN,
    timeStamp,
    params: [],
  });
  t.match(nak, {
    role: 'nak',
    origin: 'ivo://pyros.test/room#1',
    response: LOCAL_IVORN,
    result: /"Foo".*take it out/,
  });
});

t.test('no acknowledgement before the event is taken over', async (t) => {
  let finish = () => {};
  const { port } = await receiver(t, () => new Promise((resolve) => (finish = resolve)));
  const peer = await RawPeer.to(t, port);
  peer.send(encodeFrame(Buffer.from(smallEvent('', 'ivo://pyros.test/room#slow'))));
  const other = await RawPeer.to(t, port);
  other.send(encodeFrame(Buffer.from('garbage')));
  t.equal((await other.answered(1))[0]?.role, 'nak', 'others are served meanwhile');
  t.same(peer.answers, []);
  finish();
  t.equal((await peer.answered(1))[0]?.role, 'ack');
});

t.test('a duplicate is acknowledged again, and told to be none that is fresh', async (t) => {
  const database = new Store(join(t.testdir(), 'events.lmdb'));
  const store = new EventStore(database, new ManualClock());
  const fresh: boolean[] = [];
  const { port, close } = await receiver(t, async (bytes, { event }, from) => {
    fresh.push((await store.add(bytes, event, { from })).fresh);
  });
  const bytes = fixture('icecube-gold-rev0.xml');
  const answers = await Promise.all(Array.from({ length: 8 }, () => sendVOEvent({ host, port }, bytes)));
  t.ok(answers.every((answer) => answer.accepted));
  t.ok((await sendVOEvent({ host, port }, Buffer.concat([bytes, Buffer.from('<!-- again -->')]))).accepted);
  t.equal(fresh.length, 9);
  t.equal(fresh.filter(Boolean).length, 1);
  await close();
  await database.close();
});

t.test('several events on one connection are answered in order', async (t) => {
  const { port } = await receiver(t, async (_bytes, { event }) => {
    // The first takes longest.
    const ticks = 10 - Number(event.ivorn.split('#')[1]);
    for (let tick = 0; tick < ticks; tick += 1) await new Promise((resolve) => setImmediate(resolve));
  });
  const ivorns = Array.from({ length: 10 }, (_, n) => `ivo://pyros.test/room#${n}`);
  const frames = ivorns.map((ivorn) => encodeFrame(Buffer.from(smallEvent('', ivorn))));
  const peer = await RawPeer.to(t, port);
  peer.send(Buffer.concat(frames));
  t.same(
    (await peer.answered(10)).map((answer) => answer.origin),
    ivorns,
  );
  peer.send(Buffer.from(frames[3] ?? []));
  t.equal((await peer.answered(11))[10]?.origin, ivorns[3], 'and later ones too');
});

t.test('a peer that closes its side after sending gets its answer, and is closed', async (t) => {
  const { port } = await receiver(t, () => new Promise((resolve) => setImmediate(resolve)));
  const peer = await RawPeer.to(t, port);
  peer.socket.end(encodeFrame(fixture('gaia-alert.xml')));
  await peer.closed;
  t.same(
    peer.answers.map((answer) => answer.role),
    ['ack'],
  );
});

t.test('a trouble of ours is no answer, and the event may come again', async (t) => {
  let broken = true;
  const { port, counters, logged } = await receiver(t, async () => {
    if (broken) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  const bytes = fixture('gaia-alert.xml');
  const told = once(logged, 'VOEvent not taken over, its author gets no answer');
  await t.rejects(sendVOEvent({ host, port }, bytes), { code: 'VTP_NO_ANSWER' });
  t.match(counters, { received: 1, accepted: 0, refused: 0, failed: 1, byCode: { ENOSPC: 1 } });
  t.match(await told, [{ reason: 'no space left on device' }]);
  broken = false;
  t.ok((await sendVOEvent({ host, port }, bytes)).accepted);
});

t.test('who takes events over may refuse one for good', async (t) => {
  const { port } = await receiver(t, async () => {
    throw new VOEventError('VOEVENT_ROLE', 'no tests on a Sunday', { ivorn: 'ivo://pyros.test/room#1' });
  });
  const answer = await sendVOEvent({ host, port }, Buffer.from(smallEvent()));
  t.strictSame(answer, {
    accepted: false,
    origin: 'ivo://pyros.test/room#1',
    reason: 'no tests on a Sunday',
  });
});

t.test('a refusal without a name is signed with our own', async (t) => {
  const { port } = await receiver(t, take);
  const documents = ['garbage', '<a/>', smallEvent('', 'x y'), smallEvent().replace(/ ivorn="[^"]*"/, '')];
  for (const text of documents) {
    const answer = await sendVOEvent({ host, port }, Buffer.from(text));
    t.match(answer, { accepted: false, origin: LOCAL_IVORN, reason: /./ }, text);
  }
});

t.test('closing answers the event in hand first', async (t) => {
  let finish = () => {};
  let begun = () => {};
  const inHand = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const { port, close } = await receiver(t, () => {
    begun();
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  const idle = await RawPeer.to(t, port);
  const peer = await RawPeer.to(t, port);
  peer.send(encodeFrame(fixture('gaia-alert.xml')));
  await inHand;
  const closing = close();
  await idle.closed;
  t.same(peer.answers, []);
  finish();
  await closing;
  t.equal((await peer.answered(1))[0]?.role, 'ack');
  await t.rejects(sendVOEvent({ host, port }, fixture('gaia-alert.xml')), { code: 'VTP_CONNECT' });
});

t.test('an author is told why there is no answer', async (t) => {
  const bytes = fixture('gaia-alert.xml');
  const silent = await tcpServer(t, (socket) => t.teardown(() => socket.destroy()));
  await t.rejects(sendVOEvent({ host, port: silent, timeoutMs: 50 }, bytes), { code: 'VTP_TIMEOUT' });
  const closing = await tcpServer(t, (socket) => socket.destroy());
  await t.rejects(sendVOEvent({ host, port: closing }, bytes), {
    code: 'VTP_NO_ANSWER',
    message: /127.0.0.1/,
  });
  const answering = (frame: Buffer) => tcpServer(t, (socket) => socket.end(frame));
  const strange = await answering(encodeFrame(Buffer.from('hello')));
  await t.rejects(sendVOEvent({ host, port: strange }, bytes), { code: 'VTP_NOT_TRANSPORT' });
  const alive = writeTransport({ role: 'iamalive', origin: 'ivo://a/b', params: [] });
  const other = await answering(encodeFrame(alive));
  await t.rejects(sendVOEvent({ host, port: other }, bytes), {
    code: 'VTP_NOT_TRANSPORT',
    message: /iamalive/,
  });
  const huge = await answering(Buffer.alloc(4, 0xff));
  await t.rejects(sendVOEvent({ host, port: huge }, bytes), { code: 'VTP_FRAME_TOO_LARGE' });
  await t.rejects(sendVOEvent({ host, port: huge }, Buffer.alloc(0)), { code: 'VTP_FRAME_EMPTY' });
});

t.test('what is refused may come again: the answer is the same until the policy is another', async (t) => {
  const old = fixture('swift-xrt-pos-v1.1.xml');
  const { send, close, directory, broker } = await aBroker(t);
  for (const _ of [1, 2]) t.match(await send(old), { accepted: false, reason: /version "1.1"/ });
  t.match(broker.report(), { authors: [{ refused: 2, byCode: { VOEVENT_VERSION: 2 } }] });
  await close();
  const lenient = await aBroker(t, { authorPolicy: { ...STRICT, version11: 'mark' } }, { directory });
  t.match(await lenient.send(old), { accepted: true });
  t.match(lenient.broker.report(), { stored: { count: 1, fresh: 1, marked: 1 } });
});

t.test('large events and other encodings are taken, and sent on as they are', async (t) => {
  const { send, subscriberPort, broker } = await aBroker(t);
  const params = [{ name: 'xpath-filter', value: '//Description[contains(., "Caf\u00e9")]' }];
  const got: Buffer[] = [];
  const subscriber = await TestSubscriber.to(t, subscriberPort, { params: params.map(forXml) });
  subscriber.peer.socket.on('data', (chunk) => got.push(chunk));
  await until(10_000, () => isLive(broker.report()));
  const named = (n: number, text = '') =>
    smallEvent(`<Description>Caf\u00e9${text}</Description>`, `ivo://pyros.test/room#${n}`);
  const events = [
    Buffer.from(named(1, 'x'.repeat(120_000))),
    Buffer.from(named(2, 'x'.repeat(1_000_000))),
    Buffer.from(named(3, 'x'.repeat(4_000_000))),
    Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?>${named(4)}`, 'utf16le'),
    Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${named(5)}`, 'latin1'),
  ];
  for (const event of events) t.match(await send(event), { accepted: true });
  const sent = () => Buffer.concat(got);
  await until(20_000, () => events.every((event) => sent().includes(event)));
});

function forXml({ name, value }: { name: string; value: string }) {
  return { name, value: value.replaceAll('"', '&quot;') };
}
