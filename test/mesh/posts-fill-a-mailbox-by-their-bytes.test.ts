import { pack } from 'msgpackr';
import t from 'tap';
import { SenderPool } from '../../src/mesh/index.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';
import { until } from '../helpers/until.js';

t.test('[mesh] mailbox_bytes bounds posted messages too', async (t) => {
  const extra = { mesh: ['mailbox_bytes = 2MiB'] };
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'], extra });
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const agent = new TestAgent('scheduler', testEnvironment(config), { Hold: () => held });
  await agent.start();
  const pool = new SenderPool(config, 'test');
  const peer = await RawPeer.open(config.agents.get('scheduler')?.receivePort ?? 0);
  t.teardown(async () => {
    pool.close();
    peer.socket.destroy();
    await agent.stop();
  });
  // More than the buffers of the system take in between.
  const count = 40;
  const payload = pack(Buffer.alloc(2 ** 20));
  for (let n = 1; n <= count; n += 1) {
    peer.send(`Hold\tid=${n}\tfrom=majordome\tseq=box.${n}\tsettled=${n - 1}\tbytes=${payload.length}\n`);
    peer.send(payload).send('\n');
  }
  const waiting = async () =>
    ((await pool.request('scheduler', 'Status')) as { mailbox: { waiting: number } }).mailbox.waiting;
  // Nothing moves any more: what the peer has not got rid of stays the same over many questions and answers.
  let still = 0;
  let left = -1;
  await until(20_000, async () => {
    const now = peer.socket.writableLength;
    still = now === left ? still + 1 : 0;
    left = now;
    return (await waiting()) > 0 && still > 30;
  });
  t.ok(left > 0, 'its sender has to wait');
  const inMailbox = await waiting();
  t.ok(inMailbox <= 3, `${inMailbox} messages of 1 MiB wait`);
  release();
  const answers = await peer.lines(count);
  t.same(
    answers,
    Array.from({ length: count }, (_, n) => `OK\tid=${n + 1}`),
    'and nothing is lost',
  );
});
