// Memory and start of processes.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config/index.js';
import { SenderPool } from '../../src/mesh/index.js';
import type { AgentProcesses } from '../../test/helpers/agent-processes.js';
import { type Figure, figure, percentile } from '../figure.js';

const CHUNK = 'x'.repeat(4_096);
const FROZEN_MS = 4_000;
/** 80 MB/s in pieces of 4 KiB. */
const CHUNKS_PER_10_MS = 200;
const STARTS = 7;

/** A sender that ignores its promises, and a receiver that is frozen: the sender's highest memory. */
export async function frozenReceiver(agents: AgentProcesses): Promise<Figure> {
  const receiver = await restarted(agents, 'receiver');
  const sender = fork(fileURLToPath(import.meta.url), ['send', agents.config.file], { execArgv: [] });
  await once(sender, 'message');
  receiver.kill('SIGSTOP');
  sender.send('go');
  const [{ before, highest }] = (await once(sender, 'message')) as [{ before: number; highest: number }];
  receiver.kill('SIGCONT');
  sender.kill('SIGKILL');
  return figure(
    'receiver frozen under 80 MB/s: memory of the sender',
    highest,
    'MiB',
    { atMost: 150 },
    before,
  );
}

/** The sender's process. */
async function floodFrozen(configFile: string): Promise<void> {
  const pool = new SenderPool(loadConfig(configFile), 'bench');
  await pool.request('receiver', 'Ping');
  process.send?.('ready');
  await once(process, 'message');
  const before = process.memoryUsage.rss();
  let highest = before;
  const endMs = performance.now() + FROZEN_MS;
  while (performance.now() < endMs) {
    for (let n = 0; n < CHUNKS_PER_10_MS; n += 1)
      pool.request('receiver', 'Note', CHUNK).catch(() => undefined);
    highest = Math.max(highest, process.memoryUsage.rss());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  process.send?.({ before: before / 2 ** 20, highest: highest / 2 ** 20 });
}

/** An agent's process beside a bare Node process. */
export async function processFigures(agents: AgentProcesses): Promise<Figure[]> {
  const starts: number[] = [];
  const bare: number[] = [];
  for (let n = 0; n < STARTS; n += 1) {
    bare.push(await bareStart());
    await agents.kill('receiver');
    const begun = performance.now();
    await agents.start('receiver');
    starts.push(performance.now() - begun);
  }
  const child = await restarted(agents, 'receiver');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return [
    figure(
      'an agent: from its launch to listening',
      percentile(starts, 0.5),
      'ms',
      { atMost: 250 },
      percentile(bare, 0.5),
    ),
    figure('an agent: idle memory', residentMiB(child.pid ?? 0), 'MiB', { atMost: 75 }),
  ];
}

async function restarted(agents: AgentProcesses, name: string) {
  await agents.kill(name);
  return agents.start(name);
}

function bareStart(): Promise<number> {
  const begun = performance.now();
  const program = "require('node:net').createServer().listen(0, () => console.log('up'))";
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve) => {
    child.stdout.once('data', () => {
      resolve(performance.now() - begun);
      child.kill('SIGKILL');
    });
  });
}

function residentMiB(pid: number): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib ?? Number.NaN) / 1024;
}

if (process.argv[2] === 'send') await floodFrozen(process.argv[3] ?? '');
