// What survives kill -9 of the broker in the middle of a stream: its own agent, and the real alert manager.
import { readFileSync, writeFileSync } from 'node:fs';
import { loadConfig } from '../../src/config/index.js';
import { Agent, SenderPool } from '../../src/mesh/index.js';
import { freePorts } from '../../src/socket/index.js';
import { AgentProcesses } from '../../test/helpers/agent-processes.js';
import { until } from '../../test/helpers/until.js';
import { type Figure, figure } from '../figure.js';
import { freshEvent, send } from './load.js';

const AUTHORS = 8;

interface Stored {
  vtp: { stored: { count: number } };
}

interface Considered {
  alerts: number;
  counters: { done: number };
}

/** `count` events from eight authors, the broker killed `kills` times meanwhile. */
export async function kills(count: number, times: number): Promise<Figure[]> {
  const agents = await AgentProcesses.prepare({});
  const { file } = agents.config;
  const [broker = 0, manager = 0, vtp = 0] = await freePorts(3);
  const sections = `[voevent_broker]\nip = 127.0.0.1\nreceive_port = ${broker}\nvtp_port = ${vtp}
[alert_manager]\nip = 127.0.0.1\nreceive_port = ${manager}\n`;
  writeFileSync(file, `${readFileSync(file, 'utf8')}${sections}`);
  try {
    for (const name of ['alert_manager', 'voevent_broker']) await agents.start(name);
    const acknowledged = await stream(agents, vtp, count, times);
    return await compare(file, acknowledged);
  } finally {
    await agents.end();
  }
}

/** @returns how many events were acknowledged in the end; each is sent until it is */
async function stream(agents: AgentProcesses, vtp: number, count: number, times: number): Promise<number> {
  let acknowledged = 0;
  let begun = 0;
  const author = async () => {
    while (begun < count) {
      begun += 1;
      const frame = freshEvent();
      while (!(await send(vtp, frame).then(() => true, pauseAndRetry)));
      acknowledged += 1;
    }
  };
  const authors = Promise.all(Array.from({ length: AUTHORS }, author));
  for (let n = 1; n <= times; n += 1) {
    await until(120_000, () => acknowledged >= (count * n) / (times + 1));
    await agents.kill('voevent_broker');
    await agents.start('voevent_broker');
  }
  await authors;
  return acknowledged;
}

async function pauseAndRetry(): Promise<false> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return false;
}

async function compare(file: string, acknowledged: number): Promise<Figure[]> {
  const pool = new SenderPool(loadConfig(file), 'bench');
  let asked = 0;
  const considered = async () => {
    const status = (await pool.request(Agent.ALERT_MANAGER, Agent.STATUS)) as Considered;
    asked += 1;
    return status;
  };
  const { vtp } = (await pool.request(Agent.VOEVENT_BROKER, Agent.STATUS)) as Stored;
  await until(60_000, async () => (await considered()).alerts >= acknowledged);
  // Whatever would be handed on twice has its chance.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { alerts, counters } = await considered();
  pool.close();
  const none = { atMost: 0 };
  return [
    figure(
      'kill -9 in mid-stream: acknowledged events not on disk',
      acknowledged - vtp.stored.count,
      'events',
      none,
    ),
    figure('the same: not handed to the alert manager', acknowledged - alerts, 'events', none),
    // Our own questions are counted too, but for the last.
    figure('the same: handed to it twice', counters.done - (asked - 1) - acknowledged, 'events', none),
  ];
}
