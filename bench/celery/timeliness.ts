// What is due at a time, and how soon a terminated task makes room.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CeleryProcesses } from '../../test/helpers/celery-processes.js';
import { until } from '../../test/helpers/until.js';
import { type Figure, figure, percentile } from '../figure.js';

const COUNTDOWN_S = 2;
const APART_MS = 50;
const PATIENCE = { timeout: 60 };

/** How late tasks begin: with a worker that does nothing else, and with one that runs 2 ms tasks all the while. */
export async function countdowns(processes: CeleryProcesses, count: number): Promise<Figure[]> {
  const app = processes.app();
  const idle = await lateness(processes, count, 'idle');
  let busy = true;
  const load = (async () => {
    while (busy) await (await app.sendTask('tests.sleep', [2])).get(PATIENCE);
  })();
  const loaded = await lateness(processes, count, 'busy');
  busy = false;
  await load;
  return [
    figure('countdown 2 s, error, idle worker, p50', percentile(idle, 0.5), 'ms', { atMost: 1.5 }),
    figure('countdown 2 s, error, idle worker, p99', percentile(idle, 0.99), 'ms', { atMost: 5 }),
    figure('countdown 2 s, error, busy worker, p50', percentile(loaded, 0.5), 'ms', {}),
    figure('countdown 2 s, error, busy worker, p99', percentile(loaded, 0.99), 'ms', {}),
  ];
}

async function lateness(processes: CeleryProcesses, count: number, name: string): Promise<number[]> {
  const app = processes.app();
  const file = join(processes.directory, name);
  const due = new Map<string, number>();
  const ends: Promise<unknown>[] = [];
  for (let n = 0; n < count; n += 1) {
    const etaMs = Date.now() + COUNTDOWN_S * 1000;
    due.set(String(n), etaMs);
    const call = await app.sendTask('tests.note', [file, String(n), 0], {}, { eta: new Date(etaMs) });
    ends.push(call.get(PATIENCE));
    await new Promise((resolve) => setTimeout(resolve, APART_MS));
  }
  await Promise.all(ends);
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('start'));
  return lines.map((line) => {
    const [, text = '', beganMs] = line.split(' ');
    return Math.abs(Number(beganMs) - (due.get(text) ?? 0));
  });
}

/** From the revoke until the child has gone, and until the next task is done. */
export async function terminations(processes: CeleryProcesses, count: number): Promise<Figure[]> {
  const app = processes.app();
  const goneMs: number[] = [];
  const nextMs: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const file = join(processes.directory, `terminated-${n}`);
    const running = await app.sendTask('tests.note', [file, 'running', 600_000]);
    await until(10_000, () => existsSync(file));
    const next = await app.sendTask('tests.noop');
    const pid = Number(readFileSync(file, 'utf8').split(' ')[3]);
    const begun = performance.now();
    const gone = untilGone(pid).then(() => goneMs.push(performance.now() - begun));
    const done = next.get(PATIENCE).then(() => nextMs.push(performance.now() - begun));
    await running.revoke({ terminate: true });
    await running.get({ ...PATIENCE, propagate: false });
    await Promise.all([gone, done]);
    // The next spare gets warm meanwhile, as it would between two targets of opportunity.
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  return [
    figure('revoke with terminate: child gone, p50', percentile(goneMs, 0.5), 'ms', { atMost: 9 }),
    figure('revoke with terminate: next task done, p50', percentile(nextMs, 0.5), 'ms', { atMost: 40 }),
    figure('revoke with terminate: next task done, longest', Math.max(...nextMs), 'ms', { atMost: 150 }),
  ];
}

async function untilGone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 1));
}
