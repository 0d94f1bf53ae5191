import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Config } from '../../src/config/index.js';
import { silentLogger } from '../../src/log/index.js';
import { AnswerError, MeshError, type MessageContext, PostOffice, SenderPool } from '../../src/mesh/index.js';
import { Store } from '../../src/store/index.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';
import { until } from '../helpers/until.js';

const mesh = ['payload_limit = 64KiB', 'header_limit = 1KiB'];
/** In MessagePack, three bytes more. */
const JUST_FITS = 'x'.repeat(65_533);
const TOO_LARGE = `${JUST_FITS}x`;

/** An agent, a sender to it, and a request that is under way on their one connection. */
async function meeting(t: Test) {
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'], extra: { mesh } });
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const actions = {
    Hold: () => held.then(() => 'held'),
    Echo: (data: unknown) => data,
    Grow: () => TOO_LARGE,
    Fit: () => JUST_FITS,
    'Report much': (_: unknown, context: MessageContext) => context.progress(TOO_LARGE),
    Rant: () => Promise.reject(new Error('why '.repeat(500_000))),
    Refuse: () => Promise.reject(new MeshError('BAD_PAYLOAD', 'é'.repeat(1_000_000))),
    Report: (_: unknown, context: MessageContext) => context.progress(7),
  };
  const agent = new TestAgent('scheduler', testEnvironment(config), actions, 'concurrent');
  await agent.start();
  const pool = new SenderPool(config, 'majordome');
  t.teardown(async () => {
    pool.close();
    await agent.stop();
  });
  const underway = pool.request('scheduler', 'Hold');
  await pool.request('scheduler', 'Ping');
  const isUnharmed = async () => {
    const { connections } = (await pool.request('scheduler', 'Status')) as { connections: number };
    t.equal(connections, 1);
    release();
    t.equal(await underway, 'held', 'what was under way is answered');
  };
  return { config, pool, isUnharmed };
}

/** Posts in the name of another agent. */
function office(t: Test, config: Config): PostOffice {
  const store = new Store(join(t.testdirName, 'outbox.lmdb'));
  const post = new PostOffice(store, config, 'majordome', silentLogger, Date.now);
  post.start();
  t.teardown(async () => {
    post.stop();
    await store.close();
  });
  return post;
}

t.test('a message over a limit is refused before anything of it is sent', async (t) => {
  const { pool, isUnharmed } = await meeting(t);
  t.equal(await pool.request('scheduler', 'Echo', JUST_FITS), JUST_FITS, 'a payload of just the limit');
  const payload = {
    name: 'MeshError',
    code: 'MESSAGE_TOO_LARGE',
    message: /65537 bytes.* payload_limit = 65536/,
  };
  const ways = [{}, { timeoutMs: 9_000 }, { signal: new AbortController().signal }];
  for (const options of [undefined, ...ways])
    await t.rejects(pool.request('scheduler', 'Echo', TOO_LARGE, options), payload);
  const header = { code: 'MESSAGE_TOO_LARGE', message: /10\d\d bytes.* header_limit = 1024/ };
  await t.rejects(pool.request('scheduler', 'E'.repeat(1_020)), header);
  await t.rejects(pool.request('scheduler', 'é'.repeat(510), 1), header, 'bytes count, not characters');
  const unknown = { name: 'AnswerError', code: 'UNKNOWN_MESSAGE' };
  await t.rejects(pool.request('scheduler', 'E'.repeat(980)), unknown, 'what fits is sent');
  await isUnharmed();
});

t.test('a reply over the limit is an error of its own request', async (t) => {
  const { config, pool, isUnharmed } = await meeting(t);
  const refused = {
    name: 'AnswerError',
    code: 'REPLY_TOO_LARGE',
    message: /65537 bytes.* payload_limit = 65536/,
  };
  await t.rejects(pool.request('scheduler', 'Grow'), refused);
  await t.rejects(pool.request('scheduler', 'Report much'), refused);
  t.equal(await pool.request('scheduler', 'Fit'), JUST_FITS);
  const peer = await RawPeer.open(config.agents.get('scheduler')?.receivePort ?? 0);
  peer.send('Grow\nGrow\tid=a-text\tfrom=friend\nPing\n');
  const lines = await peer.lines(3);
  t.match(lines.sort(), [/^ERROR\tcode=REPLY_TOO_LARGE\t/, /^ERROR\tid=a-text\tcode=REPLY_TOO_LARGE/, 'OK']);
  peer.socket.end();
  await peer.closed;
  await isUnharmed();
});

t.test('an error that is megabytes long is told in short', async (t) => {
  const { config, pool, isUnharmed } = await meeting(t);
  await t.rejects(pool.request('scheduler', 'Rant'), { code: 'ACTION_FAILED', message: /^why (why )+.*…$/ });
  const peer = await RawPeer.open(config.agents.get('scheduler')?.receivePort ?? 0);
  const [line = ''] = await peer.send('Rant\n').lines(1);
  t.match(line, /^ERROR\tcode=ACTION_FAILED\twhy .*…$/);
  t.ok(line.length < 700);
  peer.socket.end();
  await peer.closed;
  await isUnharmed();
  const post = office(t, config);
  await post.post('scheduler', 'Refuse', undefined);
  await until(10_000, () => post.asides().length === 1);
  t.match(post.asides(), [{ code: 'BAD_PAYLOAD', reason: /^é+…$/ }], 'a post counts it as an answer');
});

t.test('a callback that throws at a PROGRESS ends its own wait only', async (t) => {
  const { pool, isUnharmed } = await meeting(t);
  const onProgress = () => {
    throw new Error('a mistake of the caller');
  };
  await t.rejects(pool.request('scheduler', 'Report', 1, { onProgress }), {
    message: 'a mistake of the caller',
  });
  await isUnharmed();
});

t.test('a PROGRESS that cannot be read ends its own wait only', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'] });
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    // A list of two, of which one is there.
    const bad = Buffer.concat([Buffer.from('PROGRESS\tid=1\tbytes=2\n'), Buffer.from([0x92, 1, 10])]);
    socket.on('data', (bytes: Buffer) => {
      if (bytes.includes('Second')) socket.write(Buffer.concat([bad, Buffer.from('OK\tid=2\n')]));
    });
  });
  server.listen(config.agents.get('scheduler')?.receivePort, '127.0.0.1');
  await once(server, 'listening');
  const pool = new SenderPool(config, 'majordome');
  t.teardown(() => {
    pool.close();
    server.close();
  });
  const first = pool.request('scheduler', 'First', 1, { onProgress: () => undefined });
  first.catch(() => undefined);
  t.equal(await pool.request('scheduler', 'Second'), undefined);
  await t.rejects(first, { code: 'BAD_PAYLOAD' });
  const error = await first.catch((reason) => reason);
  t.ok(error instanceof MeshError && !(error instanceof AnswerError));
});
