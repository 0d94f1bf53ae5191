import t from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import { PyrosError } from '../../src/errors/index.js';
import { Agent, Sender } from '../../src/mesh/index.js';
import { RepeatLog } from '../../src/mesh/repeat-log.js';
import { LogLines } from '../helpers/log-lines.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';

const FLOOD = 2_000;

t.test('a flood of mistakes is told once, counted, and hides nothing else', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'] });
  const log = new LogLines();
  const agent = new TestAgent('scheduler', testEnvironment(config, log), {
    Fail: () => {
      throw new Error('no film in the camera');
    },
    Refuse: (data) => {
      throw new PyrosError('BUSY', `busy with ${data}`);
    },
    Break: () => {
      throw new Error('the shutter is stuck');
    },
  });
  await agent.start();
  t.teardown(() => agent.stop());
  Sender.configure(config, 'majordome');
  t.teardown(() => Sender.close());
  const flood = (message: (n: number) => string, data?: (n: number) => unknown) =>
    Promise.allSettled(
      Array.from({ length: FLOOD }, (_, n) => Sender.request('scheduler', message(n), data?.(n))),
    );
  await flood((n) => `Foo ${n}`);
  await flood(() => 'Fail');
  await flood(
    () => 'Refuse',
    (n) => n,
  );
  await t.rejects(Sender.request('scheduler', 'Break'), { code: 'ACTION_FAILED' });
  const port = config.agents.get('scheduler')?.receivePort ?? 0;
  for (let n = 0; n < 20; n += 1) {
    const peer = await RawPeer.open(port);
    peer.send('Go\tbytes=x\n');
    await peer.closed;
  }
  const told = log.lines.filter((line) => !line.startsWith('info'));
  t.equal(told[0], 'warn refused majordome: "Foo 0" is no message of scheduler; Help lists them');
  t.equal(told[1], 'error action of "Fail": no film in the camera');
  t.same(
    told.slice(2, 7),
    [0, 1, 2, 3, 4].map((n) => `warn action of "Refuse": busy with ${n}`),
  );
  t.equal(told[7], 'error action of "Break": the shutter is stuck', 'what is new is told at once');
  t.match(told[8], /^warn closed the connection of 127\.0\.0\.1: bytes=x is no whole number/);
  t.equal(told.length, 9);
  t.match(await Sender.request('scheduler', Agent.STATUS), {
    counters: { received: 3 * FLOOD + 2, done: 0, failed: 2 * FLOOD + 1, refused: FLOOD + 20 },
    lastError: 'action of "Break": the shutter is stuck',
  });

  await agent.stop();
  const rest = log.lines.filter((line) => line.includes('within a minute'));
  t.equal(rest[0], `error action of "Fail" ${FLOOD - 1} times more within a minute: no film in the camera`);
  t.match(
    rest[1],
    /^warn action of "Refuse" 1995 times more within a minute: busy with 5 \(1\); .*other reasons \(1985\)$/,
  );
  t.match(rest[2], /^warn refused majordome 1999 times more within a minute: .*other reasons \(1989\)$/);
  t.match(rest[3], /^warn closed the connection of 127\.0\.0\.1 19 times more within a minute: bytes=x/);
});

t.test('what is counted takes a bounded place, whatever comes', async (t) => {
  const [log, clock] = [new LogLines(), new ManualClock()];
  const repeats = new RepeatLog(() => log, 'others', 2, clock);
  for (let n = 0; n < 3_000; n += 1) repeats.note(`peer ${n}`, `${n} ${'x'.repeat(10_000)}`);
  t.equal(repeats.total, 3_000);
  t.equal(log.lines.length, 102);
  t.equal(clock.pending, 101);
  await clock.advance(60_000);
  t.equal(log.lines.length, 103);
  t.ok(log.lines.every((line) => line.length < 4_000));
  t.match(log.lines.at(-1), /^warn others 2898 times more within a minute: 102 x+… \(1\); /);
  await clock.advance(120_000);
  t.equal(clock.pending, 0);
});
