import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { errorCode } from '../../src/errors/index.js';
import { silentLogger } from '../../src/log/index.js';
import { PostOffice, SenderPool } from '../../src/mesh/index.js';
import { Store } from '../../src/store/index.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';

/** A post office that nobody has started, with a line of [mesh]. */
async function postOffice(t: Test, line: string): Promise<PostOffice> {
  const directory = t.testdir();
  const extra = { mesh: [line] };
  const config = await testConfig({ directory, agents: ['scheduler', 'majordome'], extra });
  const store = new Store(join(directory, 'outbox.lmdb'));
  const post = new PostOffice(store, config, 'majordome', silentLogger, Date.now);
  t.teardown(async () => {
    post.stop();
    await store.close();
  });
  return post;
}

t.test('[mesh] send_limit bounds what waits for an agent that takes nothing', async (t) => {
  const extra = { mesh: ['send_limit = 1MiB'] };
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'], extra });
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.pause().on('error', () => undefined)));
  server.listen(config.agents.get('scheduler')?.receivePort, '127.0.0.1');
  await once(server, 'listening');
  const pool = new SenderPool(config, 'test');
  t.teardown(() => {
    pool.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const codes: unknown[] = [];
  const data = 'x'.repeat(100_000);
  for (let n = 0; n < 200; n += 1)
    pool.request('scheduler', 'Go', data).catch((error) => codes.push(errorCode(error)));
  await new Promise((resolve) => setImmediate(resolve));
  t.ok(codes.length >= 180, `${codes.length} of 200 are refused at once`);
  t.same([...new Set(codes)], ['SENDER_FULL']);
  await t.rejects(pool.request('scheduler', 'Go', data), { message: /scheduler takes messages too slowly/ });
});

t.test(
  'a wait is over in time, and its message not sent, also while a connection is being opened',
  async (t) => {
    const directory = t.testdir({ ours: randomBytes(32).toString('hex') });
    chmodSync(join(directory, 'ours'), 0o600);
    const plain = await testConfig({ directory, agents: ['scheduler'] });
    const security = ['secret_file = ours'];
    const secret = await testConfig({ directory, agents: ['majordome'], extra: { security } });
    const received: string[] = [];
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      socket.on('data', (chunk) => received.push(chunk.toString()));
    });
    server.listen(plain.agents.get('scheduler')?.receivePort, '127.0.0.1');
    // It never says a word of TLS.
    const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    silent.listen(secret.agents.get('majordome')?.receivePort, '127.0.0.1');
    await Promise.all([server, silent].map((one) => once(one, 'listening')));
    const pool = new SenderPool(plain, 'test');
    const secretPool = new SenderPool(secret, 'test');
    t.teardown(() => {
      pool.close();
      secretPool.close();
      for (const socket of sockets) socket.destroy();
      server.close();
      silent.close();
    });
    const abort = new AbortController();
    const given = pool.request('scheduler', 'Given up', undefined, { signal: abort.signal });
    const kept = pool.request('scheduler', 'Kept', undefined, { timeoutMs: 800 });
    const unheard = secretPool.request('majordome', 'Unheard', undefined, { timeoutMs: 800 });
    abort.abort();
    await t.rejects(given, { code: 'CANCELLED' });
    await t.rejects(kept, { code: 'REQUEST_TIMEOUT' });
    await t.rejects(unheard, { code: 'REQUEST_TIMEOUT' });
    t.match(received.join(''), /^Kept/);
    t.notMatch(received.join(''), /Given up/);
  },
);

t.test('posts that wait for the disk are bounded by their bytes', async (t) => {
  const post = await postOffice(t, 'send_limit = 1MiB');
  const data = 'x'.repeat(300_000);
  const posts = Array.from({ length: 20 }, () => post.post('scheduler', 'Go', data));
  const outcomes = await Promise.allSettled(posts);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  t.ok(refused.length >= 10 && refused.every(({ reason }) => errorCode(reason) === 'SENDER_FULL'));
  t.equal(post.outbox.waitingFor('scheduler'), 20 - refused.length, 'what was not refused is on the disk');
});

t.test('[mesh] post_limit bounds the posts that wait for the disk', async (t) => {
  const post = await postOffice(t, 'post_limit = 10');
  const posts = Array.from({ length: 100 }, (_, n) => post.post('scheduler', 'Go', n));
  const outcomes = await Promise.allSettled(posts);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  t.ok(refused.length > 0 && refused.every(({ reason }) => errorCode(reason) === 'SENDER_FULL'));
  t.equal(post.outbox.waitingFor('scheduler'), 100 - refused.length, 'what was not refused is on the disk');
  await t.resolves(post.post('scheduler', 'Go', 1), 'and then there is room again');
});

t.test('a sender that a full mailbox holds back sees that the agent lives', async (t) => {
  const extra = { mesh: ['mailbox_limit = 1'] };
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'], extra });
  const releases: (() => void)[] = [];
  const agent = new TestAgent('scheduler', testEnvironment(config), {
    Hold: () => new Promise<void>((resolve) => releases.push(resolve)),
  });
  await agent.start();
  t.teardown(() => agent.stop());
  const peer = await RawPeer.open(config.agents.get('scheduler')?.receivePort ?? 0);
  peer.send('Hold\tid=1\tfrom=test\nHold\tid=2\tfrom=test\n');
  t.same(await peer.lines(1), [''], 'an empty line');
  releases[0]?.();
  await peer.lines(2);
  peer.send('Ping\tid=3\tfrom=test\n');
  t.same(await peer.lines(3), ['', 'OK\tid=1', 'OK\tid=3'], 'and is read again');
  releases[1]?.();
  await peer.lines(4);
  peer.socket.destroy();
});

t.test('a sender that is not read from is not blamed for the frame that has begun', async (t) => {
  const extra = { mesh: ['mailbox_limit = 1', 'frame_timeout = 100ms'] };
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'], extra });
  const agent = new TestAgent('scheduler', testEnvironment(config), {
    Hold: () => new Promise<void>((resolve) => setTimeout(resolve, 600)),
    Go: () => undefined,
  });
  await agent.start();
  t.teardown(() => agent.stop());
  const peer = await RawPeer.open(config.agents.get('scheduler')?.receivePort ?? 0);
  peer.send('Hold\tid=1\tfrom=test\nGo\tid=2\tfrom=test\nGo\tid=3\tfr');
  t.same(await peer.lines(2), ['OK\tid=1', 'OK\tid=2']);
  peer.send('om=test\n');
  t.same(await peer.lines(3), ['OK\tid=1', 'OK\tid=2', 'OK\tid=3']);
  peer.socket.destroy();
});

t.test('a message to an agent that has closed its side does not wait for an answer', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'] });
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on('error', () => undefined));
    // It reads no more, and will not answer: what waits to be written keeps the connection open.
    socket.once('data', () => socket.pause().end());
  });
  server.listen(config.agents.get('scheduler')?.receivePort, '127.0.0.1');
  await once(server, 'listening');
  const pool = new SenderPool(config, 'test');
  t.teardown(() => {
    pool.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const large = Buffer.alloc(12_000_000);
  const ask = (data: unknown) => pool.request('scheduler', 'Go', data).then(() => 'OK', errorCode);
  const outcomes = [ask(large)];
  for (let n = 0; n < 20; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    outcomes.push(ask(n));
  }
  t.same([...new Set(await Promise.all(outcomes))], ['CONNECTION_LOST']);
});
