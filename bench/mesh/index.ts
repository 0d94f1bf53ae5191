// The mesh beside the plainest code on a socket: speed, memory, and what survives kills.
import { fileURLToPath } from 'node:url';
import { Sender, SenderPool } from '../../src/mesh/index.js';
import { freePorts } from '../../src/socket/index.js';
import { AgentProcesses, POSTING } from '../../test/helpers/agent-processes.js';
import { POST_UP_TO } from '../../test/helpers/posting/poster.js';
import type { Kept } from '../../test/helpers/posting/receiver.js';
import { until } from '../../test/helpers/until.js';
import { type Benchmark, type Figure, figure, percentile } from '../figure.js';
import { type BarePorts, CountedClient, EchoClient } from './bare.js';
import { killedReceiver, randomKills } from './kills.js';
import { BARE_PORTS_VARIABLE } from './measured.js';
import { frozenReceiver, processFigures } from './memory.js';
import { loneTimes, rate } from './setup.js';

/** 64 bytes in MessagePack. */
export const PAYLOAD = 'x'.repeat(62);

const mesh: Benchmark = async ({ quick }) => {
  const durationMs = quick ? 1_500 : 5_000;
  const agents = await AgentProcesses.prepare({
    ...POSTING,
    measured: fileURLToPath(new URL('./measured.js', import.meta.url)),
  });
  const [echo = 0, counted = 0] = await freePorts(2);
  const ports = { echo, counted };
  process.env[BARE_PORTS_VARIABLE] = JSON.stringify(ports);
  try {
    await agents.start('measured');
    Sender.configure(agents.config, 'bench');
    const figures = await speed(ports, durationMs);
    Sender.close();
    await agents.kill('measured');
    await agents.start('receiver');
    figures.push(await posting(agents, quick ? 60_000 : 300_000));
    figures.push(...(await killedReceiver(agents)));
    figures.push(await frozenReceiver(agents));
    figures.push(...(await processFigures(agents)));
    figures.push(...(await randomKills(agents, quick ? 20_000 : 1_000_000, quick ? 4 : 20)));
    return figures;
  } finally {
    await agents.end();
  }
};

export default mesh;

async function speed(ports: BarePorts, durationMs: number): Promise<Figure[]> {
  const counted = await CountedClient.open(ports.counted);
  const echo = await EchoClient.open(ports.echo);
  const note = () => Sender.sendTo('measured', 'Note', PAYLOAD);
  const ask = () => Sender.request('measured', 'Echo', PAYLOAD);
  // Warm-up of both sides.
  await rate(256, 500, note);
  await rate(64, 300, ask);
  await rate(256, 300, () => counted.send(PAYLOAD));
  const bareRate = await rate(1024, durationMs, () => counted.send(PAYLOAD));
  const noteRate = await rate(1024, durationMs, note);
  const bareRequests = await rate(64, durationMs, () => counted.send(PAYLOAD));
  const requestRate = await rate(64, durationMs, ask);
  // Turn about, so that both meet the same moods of the machine.
  const lone: number[] = [];
  const raw: number[] = [];
  for (let n = 0; n < 10; n += 1) {
    raw.push(...(await loneTimes(400, () => echo.send(PAYLOAD))));
    lone.push(...(await loneTimes(400, ask)));
  }
  counted.close();
  echo.close();
  return [
    figure(
      'sendTo acknowledged, 64 B, 1024 in flight',
      noteRate,
      '/s',
      { atLeast: 400_000, ratioAtLeast: 0.7 },
      bareRate,
    ),
    figure('request, 64 in flight', requestRate, '/s', { atLeast: 200_000 }, bareRequests),
    figure(
      'request one at a time, p50',
      percentile(lone, 0.5),
      'us',
      { ratioAtMost: 1.2 },
      percentile(raw, 0.5),
    ),
    figure('request one at a time, p99', percentile(lone, 0.99), 'us', {}, percentile(raw, 0.99)),
  ];
}

/** From the first post to the last number handled. */
async function posting(agents: AgentProcesses, count: number): Promise<Figure> {
  await agents.start('poster');
  const pool = new SenderPool(agents.config, 'bench');
  const begun = performance.now();
  await pool.request('poster', POST_UP_TO.text, { last: count, together: 256 });
  await until(120_000, async () => ((await pool.request('receiver', 'Kept')) as Kept).count >= count);
  const perSecond = (count / (performance.now() - begun)) * 1000;
  pool.close();
  return figure('post, durable and handled exactly once', perSecond, '/s', { atLeast: 60_000 });
}
