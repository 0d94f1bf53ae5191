import { once } from 'node:events';
import t from 'tap';
import { encodeFrame, sendVOEvent } from '../../src/voevent/index.js';
import { until } from '../helpers/until.js';
import { fixture, smallEvent } from './fixtures.js';
import { LOCAL_IVORN, RawPeer, receiver } from './raw-peer.js';

const take = async () => {};
const host = '127.0.0.1';
const GAIA = fixture('gaia-alert.xml');

t.test('a frame that cannot be is refused and closed', async (t) => {
  const { port, counters } = await receiver(t, take);
  const cases: [bytes: Buffer, reason: RegExp][] = [
    [Buffer.from('80000000', 'hex'), /2147483648 bytes is announced; at most 4194304/],
    [Buffer.alloc(4), /frame is empty/],
    [Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), /1195725856 bytes/],
  ];
  for (const [bytes, result] of cases) {
    const peer = await RawPeer.to(t, port);
    peer.send(bytes);
    await peer.closed;
    t.equal(peer.answers.length, 1);
    t.match(peer.answers[0], { role: 'nak', origin: LOCAL_IVORN, result });
    peer.send(Buffer.alloc(100_000));
  }
  t.same(counters, {
    received: 0,
    accepted: 0,
    refused: 3,
    failed: 0,
    byCode: { VTP_FRAME_TOO_LARGE: 2, VTP_FRAME_EMPTY: 1 },
  });
  const mixed = await RawPeer.to(t, port);
  mixed.send(Buffer.concat([encodeFrame(GAIA), Buffer.alloc(4, 0xff), encodeFrame(GAIA)]));
  await mixed.closed;
  t.same(
    mixed.answers.map((answer) => answer.role),
    ['ack', 'nak'],
    'what stood before it is served',
  );
});

t.test('who sends no whole frame in time is closed, and bytes do not buy time', async (t) => {
  const { port, counters } = await receiver(t, take, { timeoutMs: 150 });
  const silent = await RawPeer.to(t, port);
  const truncated = await RawPeer.to(t, port);
  truncated.send(encodeFrame(GAIA).subarray(0, 1000));
  const trickling = await RawPeer.to(t, port);
  const frame = encodeFrame(GAIA);
  let sent = 0;
  const drip = setInterval(() => trickling.send(frame.subarray(sent, ++sent)), 20);
  t.teardown(() => clearInterval(drip));
  await Promise.all([silent.closed, truncated.closed, trickling.closed]);
  t.same(
    [silent, truncated, trickling].flatMap((peer) => peer.answers),
    [],
  );
  t.ok(sent < frame.length);
  t.match(counters, { received: 0, byCode: { VTP_TIMEOUT: 3 } });
});

t.test('who has its answer and says no more is closed in peace', async (t) => {
  const { port, counters } = await receiver(t, take, { timeoutMs: 300 });
  const peer = await RawPeer.to(t, port);
  peer.send(encodeFrame(GAIA));
  await peer.closed;
  t.equal(peer.answers.length, 1);
  t.same(counters.byCode, {});
});

t.test('half a frame and an end is an end', async (t) => {
  const { port } = await receiver(t, take);
  const peer = await RawPeer.to(t, port);
  peer.socket.end(encodeFrame(GAIA).subarray(0, 1000));
  await peer.closed;
  t.same(peer.answers, []);
});

t.test('a flood of rubbish keeps no author waiting', async (t) => {
  const { port, counters } = await receiver(t, take);
  const rubbish = Buffer.concat(Array.from({ length: 700 }, () => encodeFrame(Buffer.from('<a'))));
  const strangers = await Promise.all(Array.from({ length: 3 }, () => RawPeer.to(t, port)));
  for (const stranger of strangers) stranger.send(rubbish);
  await strangers[0]?.answered(1);
  t.ok((await sendVOEvent({ host, port }, GAIA)).accepted);
  t.ok(counters.refused < 2100, `acknowledged after ${counters.refused} of 2100 refusals`);
  const answers = await Promise.all(strangers.map((stranger) => stranger.answered(700)));
  t.same(
    answers.map((all) => all.length),
    [700, 700, 700],
    'every one is answered',
  );
});

t.test('who sends and does not read is cut', async (t) => {
  const { port, counters, logged } = await receiver(t, take, { timeoutMs: 500 });
  const cut = once(logged, 'author given up');
  const peer = await RawPeer.to(t, port);
  peer.socket.pause();
  // The answers are longer than these frames, and all of them far more than the system holds for a peer.
  const rubbish = encodeFrame(Buffer.from(smallEvent('<Foo/>', `ivo://pyros.test/room#${'n'.repeat(900)}`)));
  for (let times = 0; times < 20; times += 1)
    peer.send(Buffer.concat(Array.from({ length: 1000 }, () => rubbish)));
  t.match(await cut, [{ code: 'VTP_TIMEOUT', reason: /500 ms .* its answers to be read/ }]);
  t.ok(counters.received < 20_000, `${counters.received} of 20000 frames were read`);
});

t.test('half-sent bytes are bounded: who holds most is closed', async (t) => {
  const { port, counters } = await receiver(t, take, { maxBufferedBytes: 10_000 });
  const half = (bytes: number) => Buffer.concat([Buffer.from('00100000', 'hex'), Buffer.alloc(bytes)]);
  const greedy = await RawPeer.to(t, port);
  greedy.send(half(8000));
  const honest = await RawPeer.to(t, port);
  const frame = encodeFrame(Buffer.from(smallEvent(`<Description>${'x'.repeat(4000)}</Description>`)));
  honest.send(frame.subarray(0, 4000));
  await greedy.closed;
  honest.send(frame.subarray(4000));
  t.equal((await honest.answered(1))[0]?.role, 'ack');
  t.same(counters.byCode, { VTP_BUSY: 1 });
  for (let n = 0; n < 5; n += 1) (await RawPeer.to(t, port)).send(half(4000));
  await until(10_000, () => (counters.byCode['VTP_BUSY'] ?? 0) > 1);
  t.ok((await sendVOEvent({ host, port }, GAIA)).accepted, 'the room it took is free again');
});

t.test('connections are bounded: who says nothing gives its place to who comes', async (t) => {
  const { port } = await receiver(t, () => new Promise((resolve) => setTimeout(resolve, 300)), {
    maxConnections: 2,
  });
  const silent = await RawPeer.to(t, port);
  const busy = await RawPeer.to(t, port);
  busy.send(encodeFrame(GAIA));
  await until(10_000, async () => {
    const next = await RawPeer.to(t, port);
    next.send(encodeFrame(GAIA));
    return (await next.answered(1)).length === 1;
  });
  await silent.closed;
  t.equal((await busy.answered(1)).length, 1, 'not who waits for its answer');
});

t.test('only who is admitted is heard', async (t) => {
  const { port } = await receiver(t, take, { admit: () => false });
  await t.rejects(sendVOEvent({ host, port }, GAIA), { code: 'VTP_NO_ANSWER' });
});

t.test('hostile documents are answered, and the next event is taken', async (t) => {
  const { port } = await receiver(t, take);
  const documents = [
    `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${smallEvent('<Description>&x;</Description>')}`,
    '<a>'.repeat(3000),
    smallEvent(`<Foo bar="${'x'.repeat(1_000_000)}"/>`),
    `<?xml version="1.0" encoding="UTF-16"?>${smallEvent()}`,
    '\u0000\u0001\u0002\u0003',
  ];
  const peer = await RawPeer.to(t, port);
  for (const text of documents) peer.send(encodeFrame(Buffer.from(text)));
  peer.send(encodeFrame(Buffer.from([0xff, 0x80])), encodeFrame(GAIA));
  const answers = await peer.answered(documents.length + 2);
  t.same(
    answers.map((answer) => answer.role),
    ['nak', 'nak', 'nak', 'nak', 'nak', 'nak', 'ack'],
  );
  t.notMatch(answers[0]?.result, /root:/);
});
