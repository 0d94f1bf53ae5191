import { randomBytes } from 'node:crypto';
import { createServer, connect as netConnect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import t, { type Test } from 'tap';
import { handshakeReason } from '../../src/socket/handshake-reason.js';
import {
  type Connection,
  connect,
  type Listener,
  listen,
  type TlsCredentials,
} from '../../src/socket/index.js';
import { TestAuthority } from '../helpers/certificates.js';

const HOST = '127.0.0.1';
const SECRET: TlsCredentials = { kind: 'secret', key: randomBytes(32) };
const OTHER_SECRET: TlsCredentials = { kind: 'secret', key: randomBytes(32) };

const folder = t.testdir();
const authority = new TestAuthority(folder);
const foreign = new TestAuthority(folder, 'foreign');
const mine = authority.issue('mine');
const yours = authority.issue('yours');
const stranger = foreign.issue('stranger');

/** A TLS port that sends everything back, with all that it heard and refused. */
class EchoPort {
  heard = '';
  readonly refused: string[] = [];
  #waiting: (() => void)[] = [];

  private constructor(readonly listener: Listener) {}

  static async open(t: Test, tls: TlsCredentials, options: object = {}): Promise<EchoPort> {
    let port: EchoPort | undefined;
    const onRefused = (address: string, reason: string) => port?.refuse(address, reason);
    const listener = await listen({ host: HOST, port: 0, tls, onRefused, ...options }, (connection) => {
      connection.start({
        onData: (chunk) => {
          if (port) port.heard += chunk.toString();
          connection.send(chunk);
        },
      });
    });
    t.teardown(() => listener.close());
    port = new EchoPort(listener);
    return port;
  }

  refuse(address: string, reason: string): void {
    this.refused.push(`${address}: ${reason}`);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The reasons so far, when there are so many. */
  async reasons(count: number): Promise<string[]> {
    while (this.refused.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.refused;
  }

  connect(tls?: TlsCredentials): Promise<Connection> {
    return connect({ host: HOST, port: this.listener.port, tls });
  }
}

/** Sends bytes and closes. @returns what comes back until the other end has closed, and why it was not in peace */
function exchange(connection: Connection, piece: string | Uint8Array) {
  const chunks: Buffer[] = [];
  return new Promise<{ text: string; error: Error | undefined }>((resolve) => {
    connection.start({
      onData: (chunk) => chunks.push(chunk),
      onClose: (error) => resolve({ text: Buffer.concat(chunks).toString(), error }),
    });
    connection.send(piece);
    connection.end();
  });
}

/** Opens a bare connection, sends bytes, and waits until the other end has closed. */
async function bare(port: number, bytes?: string | Uint8Array): Promise<void> {
  const socket = netConnect({ host: HOST, port });
  socket.on('error', () => undefined);
  socket.resume();
  if (bytes) socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
}

/** What a caller with these says first. */
async function firstBytes(tls: TlsCredentials): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const address = server.address();
  const heard = new Promise<Buffer>((resolve) => {
    server.once('connection', (socket) => {
      socket.once('data', (chunk) => {
        resolve(chunk);
        socket.destroy();
        server.close();
      });
    });
  });
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  await connect({ host: HOST, port, tls }).catch(() => undefined);
  return heard;
}

t.test('with the same secret all bytes pass, forward secret, also after one side has closed', async (t) => {
  const port = await EchoPort.open(t, SECRET);
  const large = 'x'.repeat(300_000);
  t.same(await exchange(await port.connect(SECRET), large), { text: large, error: undefined });
  t.equal(port.heard.length, large.length);
  t.same(port.refused, []);

  const options: ConnectionOptions = {
    host: HOST,
    port: port.listener.port,
    ca: [],
    ciphers: 'TLS_AES_128_GCM_SHA256',
    pskCallback: () => ({ psk: SECRET.kind === 'secret' ? SECRET.key : Buffer.alloc(0), identity: 'pyros' }),
    checkServerIdentity: () => undefined,
  };
  const socket = tlsConnect(options);
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  t.equal(socket.getProtocol(), 'TLSv1.3');
  t.match(socket.getEphemeralKeyInfo(), { type: 'ECDH' });
  socket.destroy();
});

t.test('without the secret nobody gets further than the handshake, and the reason is told', async (t) => {
  const port = await EchoPort.open(t, SECRET);
  await t.rejects(port.connect(OTHER_SECRET), {
    code: 'HANDSHAKE_FAILED',
    message: `no TLS with 127.0.0.1 port ${port.listener.port}: it has another secret`,
  });
  await t.rejects(port.connect(yours), {
    code: 'HANDSHAKE_FAILED',
    message: /it has no secret, or one end has a secret and the other certificates$/,
  });
  await bare(port.listener.port, 'Shutdown\n');
  await bare(port.listener.port, 'GET / HTTP/1.0\r\n\r\n');
  const old = { host: HOST, port: port.listener.port, maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2' } as const;
  await new Promise((resolve) =>
    tlsConnect(old)
      .on('error', () => undefined)
      .once('close', resolve),
  );
  const reset = netConnect({ host: HOST, port: port.listener.port });
  await new Promise((resolve) => reset.once('connect', resolve));
  reset.resetAndDestroy();
  t.same(
    (await port.reasons(6)).map((text) => text.replace('127.0.0.1: ', '')),
    [
      'it has another secret',
      'it has no secret, or one end has a secret and the other certificates',
      'it does not speak TLS',
      'it does not speak TLS',
      'its TLS is older than 1.3',
      'it closed before the handshake was finished',
    ],
  );
  t.equal(port.heard, '');
  t.equal(port.listener.load, 0, 'no place stays taken');
  t.match(await exchange(await port.connect(SECRET), 'still there'), { text: 'still there' });
});

t.test("a reason that has no words of ours is OpenSSL's, without its source lines", async (t) => {
  const garbage = Object.assign(new Error('80:error:0A:SSL routines:f:too short:a.c:1:\n'), {
    code: 'ERR_SSL_TOO_SHORT',
    reason: 'too short',
  });
  t.equal(handshakeReason(garbage), 'too short (ERR_SSL_TOO_SHORT)');
  t.equal(handshakeReason(new Error('odd')), 'odd');
  t.equal(handshakeReason('PATH_LENGTH_EXCEEDED'), 'PATH_LENGTH_EXCEEDED');
});

t.test('who does not finish the handshake is closed', async (t) => {
  const port = await EchoPort.open(t, SECRET, { handshakeTimeoutMs: 50 });
  await bare(port.listener.port);
  await bare(port.listener.port, Buffer.from([0x16, 3, 1]));
  t.same(port.refused, Array(2).fill('127.0.0.1: it did not finish the handshake in time'));
  t.equal(port.listener.load, 0);
});

t.test('who closes during the handshake is told of at once, whatever was sent before', async (t) => {
  for (const tls of [SECRET, mine]) {
    // Nobody waits for this: a gate that did not see the end would give another reason, and late.
    const port = await EchoPort.open(t, tls, { handshakeTimeoutMs: 20_000 });
    for (const bytes of ['', Buffer.from([0x16, 3, 1]), await firstBytes(tls)]) {
      const socket = netConnect({ host: HOST, port: port.listener.port }).resume();
      socket.on('error', () => undefined).end(bytes);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    t.same(await port.reasons(3), Array(3).fill('127.0.0.1: it closed before the handshake was finished'));
    t.equal(port.listener.load, 0);
    t.equal(port.heard, '');
  }
});

t.test('a caller by certificate that trusts not this end is known by its own', async (t) => {
  const port = await EchoPort.open(t, mine);
  await t.rejects(port.connect(stranger), { code: 'HANDSHAKE_FAILED', message: /not trusted here$/ });
  await t.rejects(port.connect(SECRET), { code: 'HANDSHAKE_FAILED', message: /one end has a secret/ });
  t.same(await port.reasons(2), [
    '127.0.0.1: its certificate is by an authority that is not trusted here',
    '127.0.0.1: it showed no certificate',
  ]);
  t.equal(port.heard, '');
});

t.test('a caller trusts nobody who does not know the secret', async (t) => {
  const impostor = await EchoPort.open(t, mine);
  await t.rejects(impostor.connect(SECRET), { code: 'HANDSHAKE_FAILED', message: /one end has a secret/ });
  const plain = createServer((socket) => socket.once('data', () => socket.end('ERROR\tcode=BAD_FRAME\n')));
  await new Promise<void>((resolve) => plain.listen(0, HOST, resolve));
  t.teardown(() => plain.close());
  const address = plain.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  await t.rejects(connect({ host: HOST, port, tls: SECRET }), { message: /it does not speak TLS/ });
});

t.test('the recorded bytes of a good caller get nobody in', async (t) => {
  const port = await EchoPort.open(t, SECRET);
  const recorded: Buffer[] = [];
  const proxy = createServer({ allowHalfOpen: true }, (caller) => {
    const on: Socket = netConnect({ host: HOST, port: port.listener.port, allowHalfOpen: true });
    caller.on('data', (chunk) => recorded.push(chunk));
    caller.pipe(on).pipe(caller);
  });
  await new Promise<void>((resolve) => proxy.listen(0, HOST, resolve));
  t.teardown(() => proxy.close());
  const address = proxy.address();
  const proxyPort = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const good = await connect({ host: HOST, port: proxyPort, tls: SECRET });
  t.match(await exchange(good, 'Open the dome\n'), { text: 'Open the dome\n' });
  t.equal(port.heard, 'Open the dome\n');

  t.ok(Buffer.concat(recorded).length > 300);
  await bare(port.listener.port, Buffer.concat(recorded));
  t.same(await port.reasons(1), ['127.0.0.1: its bytes are damaged, or a replay of older ones']);
  t.equal(port.heard, 'Open the dome\n', 'heard once');
});

t.test('unfinished handshakes count as connections', async (t) => {
  const port = await EchoPort.open(t, SECRET, { maxConnections: 2 });
  const silent = [1, 2].map(() => netConnect({ host: HOST, port: port.listener.port }));
  for (const socket of silent) socket.on('error', () => undefined);
  while (port.listener.load < 2) await new Promise((resolve) => setImmediate(resolve));
  await t.rejects(port.connect(SECRET), { code: 'HANDSHAKE_FAILED', message: /it closed before/ });
  t.same(port.refused, ['127.0.0.1: there are 2 connections already']);
  await port.listener.close();
  t.equal(port.listener.load, 0);
});

t.test('a certificate counts when the authority has issued it and it has not expired', async (t) => {
  const port = await EchoPort.open(t, mine);
  t.match(await exchange(await port.connect(yours), 'hello'), { text: 'hello' });

  const { ca } = mine;
  await exchange(await port.connect(authority.issue('old', -1)), 'old');
  await exchange(await port.connect({ ...stranger, ca }), 'stranger');
  await bare(port.listener.port, 'clear\n');
  const nameless = tlsConnect({
    host: HOST,
    port: port.listener.port,
    ca,
    checkServerIdentity: () => undefined,
  });
  nameless.on('error', () => undefined).resume();
  await new Promise((resolve) => nameless.once('close', resolve));
  t.same(
    (await port.reasons(4)).map((text) => text.replace('127.0.0.1: ', '')),
    [
      'its certificate has expired',
      'its certificate is by an authority that is not trusted here',
      'it does not speak TLS',
      'it showed no certificate',
    ],
  );
  t.equal(port.heard, 'hello');
  await t.rejects(port.connect(stranger), { message: /not trusted here/ });
  await t.rejects(port.connect(SECRET), { code: 'HANDSHAKE_FAILED' });
});

t.test('a session of a good caller cannot be resumed without its certificate', async (t) => {
  const { cert, key, ca } = yours;
  const port = await EchoPort.open(t, mine);
  const common = { host: HOST, port: port.listener.port, ca, checkServerIdentity: () => undefined };
  const good = tlsConnect({ ...common, cert, key });
  const session = await new Promise<Buffer>((resolve) => good.once('session', resolve));
  good.destroy();
  const thief = tlsConnect({ ...common, session });
  thief.on('error', () => undefined).resume();
  thief.write('let me in');
  await new Promise((resolve) => thief.once('close', resolve));
  t.same(await port.reasons(1), ['127.0.0.1: it showed no certificate']);
  t.equal(port.heard, '');
});

t.test('certificates are renewed while the port is open; bad ones are not taken', async (t) => {
  const port = await EchoPort.open(t, mine);
  const open = await port.connect(yours);
  t.throws(() => port.listener.renewTls({ ...yours, key: stranger.key }), /key values mismatch/);
  t.match(await exchange(await port.connect(yours), 'a'), { text: 'a' });
  port.listener.renewTls(stranger);
  await t.rejects(port.connect(yours), { message: /not trusted here/ });
  t.match(await exchange(await port.connect(stranger), 'b'), { text: 'b' });
  t.match(await exchange(open, 'c'), { text: 'c' }, 'what is open stays');
});
