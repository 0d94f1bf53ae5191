import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { pack } from 'msgpackr';
import t, { type Test } from 'tap';
import { AnswerFlow } from '../../src/mesh/answer-flow.js';
import { FrameBounds } from '../../src/mesh/frame-bounds.js';
import { IncomingRoom } from '../../src/mesh/incoming-room.js';
import { SenderPool } from '../../src/mesh/index.js';
import { UnreadAnswers } from '../../src/mesh/unread-answers.js';
import { Connection } from '../../src/socket/index.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { Stranger } from '../helpers/stranger.js';
import { target, unharmed } from '../helpers/target-process.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';
import { until } from '../helpers/until.js';

const MIB = 2 ** 20;

/** Room for one message of 3 MiB. */
const ROOM_FOR_ONE = ['incoming_bytes = 8MiB', 'payload_limit = 4MiB', 'max_connections = 16'];

async function scheduler(t: Test, mesh: string[]) {
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'], extra: { mesh } });
  const reply = 'x'.repeat(4 * MIB);
  const releases: (() => void)[] = [];
  const agent = new TestAgent('scheduler', testEnvironment(config), {
    Take: () => undefined,
    Hold: () => new Promise<void>((resolve) => releases.push(resolve)),
    Big: () => reply,
  });
  await agent.start();
  const pool = new SenderPool(config, 'test');
  t.teardown(async () => {
    pool.close();
    await agent.stop();
  });
  return { pool, port: config.agents.get('scheduler')?.receivePort ?? 0, releases };
}

/** A peer that has the room when it has sent all: more of it was read than what everybody may hold. */
async function halfMessage(port: number, before = ''): Promise<RawPeer> {
  const peer = await RawPeer.open(port);
  peer.send(`${before}Take\tid=9\tfrom=half\tbytes=${3 * MIB}\n`).send(Buffer.alloc(3 * MIB - 1));
  await until(20_000, () => peer.socket.writableLength === 0);
  return peer;
}

t.test('[mesh] incoming_bytes: large messages wait for one that does not come to its end', async (t) => {
  const { pool, port } = await scheduler(t, [...ROOM_FOR_ONE, 'frame_timeout = 1s']);
  const payload = pack(Buffer.alloc(3 * MIB));
  const events: string[] = [];
  const begin = async (name: string) => {
    const peer = await RawPeer.open(port);
    peer.socket.on('data', (text: string) => events.push(`${name}: ${text.slice(0, 20).trim()}`));
    return peer.send(`Take\tid=1\tfrom=${name}\tbytes=${payload.length}\n`).send(payload);
  };
  const slow = await begin('slow');
  // It has the room when more of it was read than what everybody may hold.
  await until(20_000, () => slow.socket.writableLength === 0);
  for (let n = 0; n < 50; n += 1) await pool.request('scheduler', 'Take', 'x'.repeat(1000));
  const others = await Promise.all(['one', 'two', 'three', 'four'].map(begin));
  for (const peer of others) peer.send('\n');
  await pool.request('scheduler', 'Take', 'x'.repeat(100_000));
  t.same(events, [], 'small messages pass, large ones wait');
  await Promise.all([slow.closed, ...others.map((peer) => peer.lines(1))]);
  t.equal(events.shift(), 'slow: ERROR\tcode=BAD_FRAME', 'until the time of the slow one is over');
  t.same(events.sort(), ['four: OK\tid=1', 'one: OK\tid=1', 'three: OK\tid=1', 'two: OK\tid=1']);
  for (const peer of others) peer.socket.destroy();
});

t.test('a peer that has closed its side keeps no room while its request runs', async (t) => {
  const { pool, port, releases } = await scheduler(t, ROOM_FOR_ONE);
  const half = await halfMessage(port, 'Hold\tid=1\tfrom=half\n');
  await until(20_000, () => releases.length === 1);
  half.socket.end();
  const large = 'x'.repeat(3 * MIB);
  await t.resolves(pool.request('scheduler', 'Help', large, { timeoutMs: 5_000 }));
  releases[0]?.();
  t.same(await half.lines(1), ['OK\tid=1'], 'and gets its answer');
  await half.closed;
});

t.test('a peer that was refused keeps no room until it closes its side', async (t) => {
  const { pool, port } = await scheduler(t, [...ROOM_FOR_ONE, 'frame_timeout = 200ms']);
  const half = await halfMessage(port);
  half.socket.removeAllListeners('end');
  t.match(await half.lines(1), [/BAD_FRAME/]);
  // Before the peer is cut, which is after 5 s.
  await t.resolves(pool.request('scheduler', 'Take', 'x'.repeat(3 * MIB), { timeoutMs: 4_000 }));
  half.socket.destroy();
});

t.test('a sender whose first message waits for room sees that the agent lives', async (t) => {
  const { port } = await scheduler(t, ROOM_FOR_ONE);
  const half = await halfMessage(port);
  const waiting = await RawPeer.open(port);
  waiting.send(`Take\tid=1\tfrom=waiting\tbytes=${3 * MIB}\n`).send(Buffer.alloc(3 * MIB));
  t.same(await waiting.lines(1), [''], 'an empty line');
  half.socket.destroy();
  waiting.send('\n');
  t.match(await waiting.lines(2), ['', /id=1/], 'and is read when there is room');
  waiting.socket.destroy();
});

t.test('many half messages fill no more memory than they may', async (t) => {
  const place = await target(t, ['incoming_bytes = 64MiB', 'frame_timeout = 1s']);
  const strangers = await Promise.all(Array.from({ length: 40 }, () => Stranger.open(place.port)));
  for (const { socket } of strangers) {
    socket.write(`Large\tbytes=${16 * MIB}\n`);
    socket.write(Buffer.alloc(16 * MIB - 1));
  }
  await until(20_000, () => strangers.filter(({ closed }) => closed).length >= 2);
  for (const { socket } of strangers) socket.destroy();
  await unharmed(t, place);
});

t.test('[mesh] answer_bytes: of peers that do not read, those with the most are cut', async (t) => {
  const mesh = [
    'answer_bytes = 64MiB',
    'answer_limit = 1GiB',
    'max_connections = 16',
    'frame_timeout = 1min',
  ];
  const { pool, port } = await scheduler(t, mesh);
  const connections = async () =>
    ((await pool.request('scheduler', 'Status')) as { connections: number }).connections;
  const deaf = await Promise.all(Array.from({ length: 6 }, () => Stranger.open(port)));
  for (const stranger of deaf) stranger.deafen().socket.write('Big\n'.repeat(8));
  await until(20_000, async () => (await connections()) <= 3);
  t.equal(((await pool.request('scheduler', 'Big')) as string).length, 4 * MIB, 'whoever reads gets all');
  for (const { socket } of deaf) socket.destroy();
});

t.test('an answer that comes too late for its peer is not counted as unread', async (t) => {
  const unread = new UnreadAnswers(64 * MIB, 16);
  const counted: number[] = [];
  t.capture(unread, 'note', (_: unknown, bytes: number) => counted.push(bytes));
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = new Connection(connect((server.address() as AddressInfo).port, '127.0.0.1'));
  const owner = {
    hold: () => undefined,
    release: () => undefined,
    bad: (reason: string) => new Error(reason),
  };
  const bounds = new FrameBounds(
    { headerLimit: MIB, payloadLimit: 16 * MIB },
    'REPLY_TOO_LARGE',
    'the answer',
  );
  const limits = { bounds, answerLimitBytes: 16 * MIB, frameTimeoutMs: 1e4, idleTimeoutMs: 1e4, unread };
  const flow = new AnswerFlow(connection, owner, limits);
  const answer = { header: 'OK', payload: Buffer.alloc(4 * MIB) };
  flow.wait(answer);
  t.ok((counted.pop() ?? 0) > 4 * MIB, 'it is while the peer is there');
  connection.destroy();
  flow.gone();
  flow.wait(answer);
  t.same(counted, [0]);
  server.close();
});

t.test('room is given in the order in which it was asked for, and back when a peer has gone', async (t) => {
  const room = new IncomingRoom(2000, 10);
  t.equal(room.shareBytes, 100);
  const told: string[] = [];
  const claim = (name: string) =>
    room.claim('host', {
      hold: () => told.push(`hold ${name}`),
      release: () => told.push(`release ${name}`),
    });
  const a = claim('a');
  const b = claim('b');
  const c = claim('c');
  const d = claim('d');
  a.look(100, 5000);
  a.look(101, 5000);
  t.same(told, [], 'one is let in, whatever its size');
  b.look(50, 5000);
  b.look(150, 600);
  c.look(150, 900);
  d.look(150, 300);
  b.look(160, 600);
  a.look(5002, 5000);
  t.same(told.splice(0), ['hold b', 'hold c', 'hold d'], 'a whole one keeps its room to its end');
  a.look(0, 5000);
  t.same(told.splice(0), ['release b']);
  t.equal(room.waiting, 2, 'a smaller one behind does not overtake');
  c.end();
  t.same(told.splice(0), ['release d'], 'until that has gone');
  b.end();
  d.end();
  c.look(150, 900);
  t.same(told, [], 'and all is free again');
});

t.test('turns go round by address', async (t) => {
  const room = new IncomingRoom(2000, 10);
  const turns: string[] = [];
  const ask = (address: string) => {
    const release = () => {
      turns.push(address);
      if (turns.length < 7) setImmediate(() => claim.end());
    };
    const claim = room.claim(address, { hold: () => undefined, release });
    claim.look(150, 1000);
    return claim;
  };
  const [first] = Array.from({ length: 100 }, () => ask('flood'));
  for (const address of ['a', 'b', 'b']) ask(address);
  ask('gone').end();
  t.equal(room.waiting, 102);
  first?.end();
  await until(20_000, () => turns.length === 7);
  t.same(turns, ['flood', 'a', 'b', 'flood', 'b', 'flood', 'flood']);
  t.equal(room.waiting, 95);
});
