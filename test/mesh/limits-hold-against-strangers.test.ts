import { pack } from 'msgpackr';
import t, { type Test } from 'tap';
import { RawPeer } from '../helpers/raw-peer.js';
import { Stranger } from '../helpers/stranger.js';
import { target, unharmed } from '../helpers/target-process.js';

const MILLION = 1_000_000;

t.test('a million tiny frames of one peer, answered all', async (t) => {
  const place = await target(t);
  const stranger = await Stranger.open(place.port);
  t.ok(await stranger.flood(Buffer.from('Ping\n\r\n'.repeat(10_000)), MILLION / 10_000));
  await stranger.replies(3 * MILLION);
  t.equal(stranger.received, 'OK\n'.length * MILLION);
  stranger.socket.destroy();
  await unharmed(t, place);
});

t.test('a million frames of a peer that never reads: it is cut', async (t) => {
  const place = await target(t, ['frame_timeout = 500ms']);
  const stranger = (await Stranger.open(place.port)).deafen();
  t.notOk(await stranger.flood(Buffer.from('Large\n'.repeat(10_000)), MILLION / 10_000));
  await unharmed(t, place);
  t.equal(place.agents.log('target').match(/it does not read its answers/g)?.length, 1);
});

t.test('a peer that reads slowly gets all its answers, and is slowed down', async (t) => {
  const place = await target(t, ['answer_limit = 32MiB', 'frame_timeout = 1s']);
  const stranger = await Stranger.open(place.port);
  const { socket } = stranger;
  socket.on('data', () => {
    socket.pause();
    setTimeout(() => socket.resume(), 1);
  });
  const questions = 60_000;
  const reply = `OK\t["${'x'.repeat(1000)}"]\n`.length;
  t.ok(await stranger.flood(Buffer.from('Large\n'.repeat(2_000)), questions / 2_000));
  await stranger.replies(reply * questions);
  t.equal(stranger.received, reply * questions);
  stranger.socket.destroy();
  await unharmed(t, place);
});

t.test('answers that wait for one before them are bounded too', async (t) => {
  const place = await target(t);
  const stranger = await Stranger.open(place.port);
  stranger.socket.write('Hold\t[1500]\n');
  t.ok(await stranger.flood(Buffer.from('Ping\n'.repeat(10_000)), 50));
  await stranger.replies(3 * 500_001);
  t.equal(stranger.received, 3 * 500_001);
  stranger.socket.destroy();
  await unharmed(t, place);
});

t.test('a full mailbox slows a fast sender down, and loses nothing', async (t) => {
  const place = await target(t, ['mailbox_limit = 100']);
  const stranger = await Stranger.open(place.port);
  const count = 50_000;
  const frame = `Add slowly\t[7, "${'x'.repeat(1000)}"]\n`;
  const { answers } = place.friend;
  stranger.socket.write('Hold\t[2500]\n');
  const begun = performance.now();
  t.ok(await stranger.flood(Buffer.from(frame.repeat(100)), count / 100));
  t.ok(performance.now() - begun > 2_000, 'it had to wait');
  t.ok(place.friend.answers - answers > 4, 'others had not');
  await stranger.replies(3 * (count + 1));
  t.same(await place.pool.request('target', 'Sum'), { count, sum: 7 * count });
  stranger.socket.destroy();
  await unharmed(t, place);
});

t.test('large messages fill a mailbox by their bytes', async (t) => {
  const place = await target(t, ['mailbox_bytes = 8MiB']);
  const stranger = await Stranger.open(place.port);
  const count = 250;
  const payload = pack([7, 'x'.repeat(2 ** 20)]);
  const frame = Buffer.concat([
    Buffer.from(`Add slowly\tbytes=${payload.length}\n`),
    payload,
    Buffer.from('\n'),
  ]);
  stranger.socket.write('Hold\t[1500]\n');
  const flood = stranger.flood(frame, count);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  const highest = place.agents.highestMiB('target');
  t.ok(highest < 200, `${highest} MiB while they wait`);
  t.ok(await flood);
  await stranger.replies(3 * (count + 1));
  t.same(await place.pool.request('target', 'Sum'), { count, sum: 7 * count });
  stranger.socket.destroy();
});

t.test('frames and payloads over their limits, half a character, and bytes that drip', async (t) => {
  const mesh = ['header_limit = 1KiB', 'payload_limit = 64KiB', 'frame_timeout = 400ms'];
  const place = await target(t, mesh);
  const whole = pack('x'.repeat(65_533));
  t.equal(whole.length, 65_536);
  const exact = await Stranger.open(place.port);
  exact.socket.write(Buffer.concat([Buffer.from('Large\tbytes=65536\n'), whole, Buffer.from('\n')]));
  await exact.replies(1_000);
  t.match(exact.tail, /xxx"\]\n$/, 'a payload of just the limit');
  exact.socket.destroy();

  const attacks: Record<string, (string | Buffer)[]> = {
    'a payload of one byte more': ['Large\tbytes=65537\n'],
    'an endless header': Array.from({ length: 2_000 }, () => 'x'.repeat(1_000)),
    'half a character': [Buffer.from([0x4c, 0xc3])],
    garbage: [Buffer.from(Array.from({ length: 500 }, (_, n) => (n * 37) % 256)), '\n'],
    'a header that drips': Array.from({ length: 100 }, () => 'L'),
    'a payload that drips': ['Large\tbytes=1000\n', ...Array.from({ length: 100 }, () => 'x')],
  };
  await Promise.all(Object.entries(attacks).map(([name, pieces]) => refused(t, place.port, name, pieces)));
  const cut = await RawPeer.open(place.port);
  cut.send(Buffer.from([0x4c, 0xc3]));
  setTimeout(() => cut.send(Buffer.from([0xa9, 10])), 50);
  t.match(await cut.lines(1), [/UNKNOWN_MESSAGE\t"Lé"/], 'a character may come in two pieces');
  cut.socket.destroy();
  await unharmed(t, place);
});

/** Sends one piece after the other until it is refused. */
async function refused(t: Test, port: number, name: string, pieces: (string | Buffer)[]): Promise<void> {
  const peer = await Stranger.open(port);
  const drips = name.endsWith('drips');
  let sent = 0;
  for (const piece of pieces) {
    if (peer.received > 0 || peer.closed) break;
    peer.socket.write(piece);
    sent += 1;
    await new Promise((resolve) => setTimeout(resolve, drips ? 30 : 0));
  }
  if (name === 'half a character') peer.socket.end();
  await peer.end();
  t.match(peer.tail, /^ERROR\tcode=BAD_FRAME\t/, name);
  if (drips) t.ok(sent < pieces.length, `${name}: closed in its middle`);
}
