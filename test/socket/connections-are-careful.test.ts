import { once } from 'node:events';
import { createServer, connect as netConnect, type Socket } from 'node:net';
import t from 'tap';
import { type Connection, connect, freePorts, listen } from '../../src/socket/index.js';
import { until } from '../helpers/until.js';

t.test('what is sent in one tick arrives whole and in order', async (t) => {
  const received: Buffer[] = [];
  const listener = await listen({ host: '127.0.0.1', port: 0 }, (connection) => {
    connection.start({ onData: (chunk) => received.push(chunk), onEnd: () => connection.end() });
  });
  t.teardown(() => listener.close());
  const connection = await connect({ host: '127.0.0.1', port: listener.port });
  const pieces = [
    'text é\n',
    Buffer.from('bytes'),
    Buffer.alloc(100_000, 'L'),
    'end',
    Buffer.alloc(20_000, 'M'),
  ];
  const closed = new Promise<Error | undefined>((resolve) => {
    connection.start({ onData: () => undefined, onClose: resolve });
  });
  for (const piece of pieces) connection.send(piece);
  connection.end();
  t.equal(await closed, undefined);
  t.equal(connection.send('too late'), false);
  t.same(Buffer.concat(received), Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
});

t.test('a peer that is not listened to is read ahead no further than is asked for', async (t) => {
  const received: string[] = [];
  let connection: Connection | undefined;
  const listener = await listen({ host: '127.0.0.1', port: 0, readAheadBytes: 1 }, (one) => {
    connection = one.start({ onData: (chunk) => received.push(chunk.toString()) });
    one.pause();
  });
  t.teardown(() => listener.close());
  const socket = netConnect({ host: '127.0.0.1', port: listener.port, noDelay: true });
  t.teardown(() => socket.destroy());
  for (const letter of 'abcdef') {
    socket.write(letter);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await until(10_000, () => connection !== undefined);
  t.same(received, []);
  connection?.resume();
  await until(10_000, () => received.join('') === 'abcdef');
  t.ok(received.length <= 2, `all behind the first piece is read at once: ${received.join(' ')}`);
});

t.test('errors say what is wrong with which port', async (t) => {
  const listener = await listen({ host: '127.0.0.1', port: 0 }, () => undefined);
  t.teardown(() => listener.close());
  const { port } = listener;
  await t.rejects(
    listen({ host: '127.0.0.1', port }, () => undefined),
    {
      code: 'PORT_IN_USE',
      message: `port ${port} of 127.0.0.1 is in use by another process`,
    },
  );
  const [free = 0] = await freePorts(1);
  await t.rejects(connect({ host: '127.0.0.1', port: free }), { code: 'CONNECT_REFUSED' });
  await t.rejects(
    listen({ host: '192.0.2.1', port: free }, () => undefined),
    { code: 'LISTEN_FAILED' },
  );
});

t.test('connections beyond the limit, and peers that may not, are closed at once', async (t) => {
  const open: Connection[] = [];
  const listener = await listen({ host: '127.0.0.1', port: 0, maxConnections: 2 }, (connection) => {
    open.push(connection.start({ onData: (chunk) => connection.send(chunk) }));
  });
  t.teardown(() => listener.close());
  const sockets = [1, 2, 3].map(() => netConnect({ port: listener.port, host: '127.0.0.1' }));
  await new Promise((resolve) => sockets[2]?.once('close', resolve));
  t.equal(listener.refused, 1);
  t.equal(open.length, 2);
  for (const socket of sockets) socket.destroy();

  const strict = await listen({ host: '127.0.0.1', port: 0, admit: () => false }, () => t.fail('nobody may'));
  t.teardown(() => strict.close());
  const stranger = netConnect({ port: strict.port, host: '127.0.0.1' });
  await new Promise((resolve) => stranger.once('close', resolve));
});

t.test('a full house gives the place of the silent to who comes', async (t) => {
  const options = { host: '127.0.0.1', port: 0, maxConnections: 2 };
  const echo = (connection: Connection) => {
    connection.start({ onData: (chunk) => connection.send(chunk) });
  };
  const patient = await listen({ ...options, silentMs: 60_000 }, echo);
  const strict = await listen({ ...options, silentMs: 0 }, echo);
  t.teardown(() => Promise.all([patient.close(), strict.close()]));
  const enter = async (port: number) => {
    const socket = netConnect({ port, host: '127.0.0.1' })
      .on('error', () => undefined)
      .resume();
    t.teardown(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  const heard = async (socket: Socket) => {
    socket.write('x');
    await once(socket, 'data');
  };
  const [talker, silent] = [await enter(strict.port), await enter(strict.port)];
  await heard(silent);
  await heard(talker);
  const gone = once(silent, 'close');
  await heard(await enter(strict.port));
  await gone;
  await heard(talker);
  t.equal(strict.refused, 0);

  const [first, second] = [await enter(patient.port), await enter(patient.port)];
  await once(await enter(patient.port), 'close');
  await Promise.all([first, second].map(heard));
  t.equal(patient.refused, 1);
});

t.test('a peer that does not close its side is cut', async (t) => {
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    socket.resume().on('error', () => undefined),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const connection = await connect({
    host: '127.0.0.1',
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
  });
  const closed = new Promise((resolve) => connection.start({ onData: () => undefined, onClose: resolve }));
  connection.closeWhenIdle(30, () => new Error('idle'));
  t.match(await closed, { message: 'idle' });
  t.equal(connection.bufferedBytes, 0);
});
