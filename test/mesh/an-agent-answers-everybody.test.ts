import t, { type Test } from 'tap';
import { Agent, MeshError, type MessageContext, Sender } from '../../src/mesh/index.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';

async function running(t: Test, agent: TestAgent): Promise<void> {
  await agent.start();
  t.teardown(() => agent.stop());
}

t.test('people talk to it by hand', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'] });
  const seen: unknown[] = [];
  const agent = new TestAgent('scheduler', testEnvironment(config), {
    'Observation finished': (data) => void seen.push(data),
    Sum: (data) => (data as number[]).reduce((a, b) => a + b, 0),
    Fail: () => {
      throw new Error('no film in the camera');
    },
  });
  await running(t, agent);
  const port = config.agents.get('scheduler')?.receivePort ?? 0;
  const peer = await RawPeer.open(port);
  peer.send('Ping\nObservation finished\t{"sequence": 12}\r\nFoo\nSum\t[1, 2, 3]\nFail\nSum\t[1\n\n');
  t.same(await peer.lines(6), [
    'OK',
    'OK',
    'ERROR\tcode=UNKNOWN_MESSAGE\t"Foo" is no message of scheduler; Help lists them',
    'OK\t[6]',
    'ERROR\tcode=ACTION_FAILED\tno film in the camera',
    peer.received.split('\n')[5],
  ]);
  t.match(peer.received.split('\n')[5], /^ERROR\tcode=BAD_PAYLOAD\t/);
  t.same(seen, [{ sequence: 12 }]);

  peer.send('Help\nStatus\n');
  const lines = await peer.lines(8);
  t.match(JSON.parse(lines[6]?.slice(3) ?? ''), { Sum: 'Sum', Ping: 'Answer OK' });
  t.match(JSON.parse(lines[7]?.slice(3) ?? ''), {
    name: 'scheduler',
    state: 'READY',
    pid: process.pid,
    counters: { received: 8, failed: 2, refused: 1 },
    lastError: 'action of "Fail": no film in the camera',
  });
  peer.socket.end();
  await peer.closed;
});

t.test('a message without a line end counts, when the peer closes and when it does not', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'] });
  const seen: string[] = [];
  const agent = new TestAgent('scheduler', testEnvironment(config), {
    Go: (_, context) => void seen.push(context.message),
  });
  await running(t, agent);
  const port = config.agents.get('scheduler')?.receivePort ?? 0;
  const closes = await RawPeer.open(port);
  closes.send('Go').socket.end();
  t.same(await closes.lines(1), ['OK']);
  await closes.closed;
  const stays = await RawPeer.open(port);
  stays.send('Go');
  t.same(await stays.lines(1), ['OK']);
  stays.socket.destroy();
  t.same(seen, ['Go', 'Go']);

  const stops = await RawPeer.open(port);
  stops.send('Shutdown');
  t.same(await stops.lines(1), ['OK']);
  await stops.closed;
  await agent.stopped();
  t.equal(agent.state, 'STOPPED');
});

t.test('bad frames get an answer and disturb nobody', async (t) => {
  const config = await testConfig({
    directory: t.testdir(),
    agents: ['scheduler'],
    extra: { mesh: ['header_limit = 256B', 'frame_timeout = 150ms', 'first_byte_timeout = 150ms'] },
  });
  const agent = new TestAgent('scheduler', testEnvironment(config), { Go: () => undefined });
  await running(t, agent);
  const port = config.agents.get('scheduler')?.receivePort ?? 0;
  const good = await RawPeer.open(port);
  good.send('Ping\n');
  const bad: Record<string, string | Buffer> = {
    'a long header': 'x'.repeat(300),
    'a large payload': `Go\tbytes=${2 ** 40}\n`,
    garbage: Buffer.from([0xff, 0xfe, 0, 10]),
    'a payload that never comes': 'Go\tbytes=10\nabc',
    'a line that never ends': 'G',
  };
  for (const [name, bytes] of Object.entries(bad)) {
    const peer = await RawPeer.open(port);
    peer.send(bytes);
    t.match((await peer.lines(1))[0], /^ERROR\tcode=BAD_FRAME\t/, name);
    peer.socket.end();
    await peer.closed;
  }
  const silent = await RawPeer.open(port);
  await silent.closed;
  t.equal(silent.received, '', 'a peer that says nothing is closed');
  good.send('Ping\n');
  t.same(await good.lines(2), ['OK', 'OK']);
  good.socket.destroy();
});

t.test('a serial agent acts in order of arrival, built-in messages overtake', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'] });
  const order: string[] = [];
  let release: () => void = () => undefined;
  const agent = new TestAgent('scheduler', testEnvironment(config), {
    Slow: () =>
      new Promise<void>((resolve) => {
        order.push('slow begins');
        release = () => {
          order.push('slow ends');
          resolve();
        };
      }),
    Quick: () => void order.push('quick'),
  });
  await running(t, agent);
  Sender.configure(config, 'majordome');
  t.teardown(() => Sender.close());
  const slow = Sender.sendTo('scheduler', 'Slow');
  const quick = Sender.sendTo('scheduler', 'Quick');
  const status = await Sender.request('scheduler', Agent.STATUS);
  t.match(status, { state: 'BUSY', mailbox: { waiting: 1, running: 1 } });
  release();
  await Promise.all([slow, quick]);
  t.same(order, ['slow begins', 'slow ends', 'quick']);
});

t.test('a concurrent agent begins each action at once, answers by hand stay in order', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: ['telescope'] });
  const releases: ((value: string) => void)[] = [];
  const agent = new TestAgent(
    'telescope',
    testEnvironment(config),
    { Move: () => new Promise<string>((resolve) => releases.push(resolve)), Where: () => 'here' },
    'concurrent',
  );
  await running(t, agent);
  const peer = await RawPeer.open(config.agents.get('telescope')?.receivePort ?? 0);
  const other = await RawPeer.open(config.agents.get('telescope')?.receivePort ?? 0);
  peer.send('Move\nWhere\n');
  other.send('Where\n');
  t.same(await other.lines(1), ['OK\t["here"]'], 'another peer does not wait');
  t.equal(peer.received, '');
  releases[0]?.('there');
  t.same(await peer.lines(2), ['OK\t["there"]', 'OK\t["here"]']);
  peer.socket.destroy();
  other.socket.destroy();
});

t.test(
  'stopping finishes the action in hand, refuses the rest, and ends waits that are given up',
  async (t) => {
    const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'] });
    const events: string[] = [];
    let begun: () => void = () => undefined;
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const agent = new TestAgent('scheduler', testEnvironment(config), {
      Long: (_: unknown, context: MessageContext) => {
        begun();
        return new Promise<void>((resolve) => {
          context.signal.addEventListener('abort', () => {
            events.push('told to end');
            setImmediate(() => {
              events.push('action ends');
              resolve();
            });
          });
        });
      },
    });
    agent.onShutdown = () => void events.push('shutdown');
    await running(t, agent);
    Sender.configure(config, 'majordome');
    t.teardown(() => Sender.close());
    const long = Sender.sendTo('scheduler', 'Long');
    const waiting = Sender.sendTo('scheduler', 'Long');
    await hasBegun;
    const stopping = Sender.sendTo('scheduler', Agent.SHUTDOWN);
    await t.rejects(waiting, { code: 'STOPPING' });
    await t.resolves(long);
    await t.resolves(stopping);
    await agent.stopped();
    t.same(events, ['told to end', 'action ends', 'shutdown']);
    await t.rejects(Sender.sendTo('scheduler', 'Long'), new MeshError('UNREACHABLE', ''), {
      code: 'UNREACHABLE',
    });
  },
);
