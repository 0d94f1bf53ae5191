// What survives kill -9.
import { Sender, SenderPool } from '../../src/mesh/index.js';
import type { AgentProcesses } from '../../test/helpers/agent-processes.js';
import { POST_UP_TO } from '../../test/helpers/posting/poster.js';
import type { Kept } from '../../test/helpers/posting/receiver.js';
import { until } from '../../test/helpers/until.js';
import { type Figure, figure } from '../figure.js';

/** One message every 5 ms for so long; the receiver is dead for a third of it. */
const OUTAGE_MS = 3_000;
const INTERVAL_MS = 5;
const MESSAGES = 1_800;

/** Messages posted while the receiver is killed and comes back. */
export async function killedReceiver(agents: AgentProcesses): Promise<Figure[]> {
  const pool = new SenderPool(agents.config, 'bench');
  const before = (await pool.request('receiver', 'Kept')) as Kept;
  const { next } = (await pool.request('poster', 'Posted')) as { next: number };
  const kept = async () => ((await pool.request('receiver', 'Kept')) as Kept).count - before.count;
  let returnedMs = 0;
  let firstMs = 0;
  for (let n = 0; n < MESSAGES; n += 1) {
    await pool.request('poster', POST_UP_TO.text, { last: next + n, together: 1 });
    if (n === 600) await agents.kill('receiver');
    if (n === 600 + OUTAGE_MS / INTERVAL_MS) {
      const arrivals = (await agents.start('receiver')) && performance.now();
      returnedMs = arrivals;
      const atReturn = await kept().catch(() => 0);
      void until(10_000, async () => (await kept()) > atReturn).then(() => {
        firstMs ||= performance.now();
      });
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
  await until(20_000, async () => (await kept()) >= MESSAGES);
  await until(1_000, () => firstMs > 0);
  const lost = MESSAGES - (await kept());
  pool.close();
  return [
    figure('receiver killed for 3 s, a message every 5 ms: lost', lost, 'messages', { atMost: 0 }),
    figure('first message after its return', Math.max(0, firstMs - returnedMs), 'ms', { atMost: 300 }),
  ];
}

/** Posts while both sides are killed again and again at random. */
export async function randomKills(agents: AgentProcesses, count: number, kills: number): Promise<Figure[]> {
  for (const name of ['poster', 'receiver']) {
    await agents.kill(name);
    await agents.start(name);
  }
  const pool = new SenderPool(agents.config, 'bench');
  const before = (await pool.request('receiver', 'Kept')) as Kept;
  const { next } = (await pool.request('poster', 'Posted')) as { next: number };
  const last = next + count - 1;
  const goOn = () => pool.request('poster', POST_UP_TO.text, { last, together: 64 });
  const kept = async () =>
    ((await pool.request('receiver', 'Kept').catch(() => before)) as Kept).count - before.count;
  await goOn();
  for (let n = 0; n < 2 * kills; n += 1) {
    // Spread over the run: each kill when another part has been handled.
    await until(120_000, async () => (await kept()) >= (count * (n + Math.random())) / (2 * kills + 1));
    const name = n % 2 === 0 ? 'receiver' : 'poster';
    await agents.kill(name);
    await agents.start(name);
    if (name === 'poster') await goOn();
  }
  await until(300_000, async () => (await kept()) >= count);
  // Whatever would be handled twice has its chance.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const after = (await pool.request('receiver', 'Kept')) as Kept;
  pool.close();
  Sender.close();
  const expected = (count * (next + last)) / 2;
  const handled = after.count - before.count;
  return [
    figure(
      `${count} posts, both sides killed ${kills} times: lost`,
      Math.max(0, count - handled),
      'messages',
      { atMost: 0 },
    ),
    figure('the same: handled twice', Math.max(0, handled - count), 'messages', { atMost: 0 }),
    figure('the same: sum of the numbers is off by', Math.abs(after.sum - before.sum - expected), '', {
      atMost: 0,
    }),
  ];
}
