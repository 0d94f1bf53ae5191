// kill -9 of worker, child and broker in the middle of many tasks: every task ends in a state that its caller sees.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CeleryProcesses } from '../../test/helpers/celery-processes.js';
import { until } from '../../test/helpers/until.js';
import { type Figure, figure } from '../figure.js';

const PATIENCE = { timeout: 60 };
const VICTIMS = ['worker', 'child', 'broker'] as const;

/** Tasks whose caller never hears, over all kills. */
export async function everyKill(rounds: number, count: number): Promise<Figure> {
  let unheard = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const victim of VICTIMS) unheard += await oneKill(victim, count);
  }
  const name = `kill -9 of worker, child, broker, ${count} tasks, ${rounds} times each: callers that never hear`;
  return figure(name, unheard, 'tasks', { atMost: 0 });
}

async function oneKill(victim: (typeof VICTIMS)[number], count: number): Promise<number> {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  try {
    const app = processes.app();
    const file = join(processes.directory, 'notes');
    const calls = Array.from({ length: count }, (_, n) => app.sendTask('tests.note', [file, String(n), 2]));
    const results = await Promise.all(calls);
    const ends = Promise.allSettled(results.map((one) => one.get(PATIENCE)));
    await until(20_000, () => starts(file).length > count / 5);
    if (victim === 'child') process.kill(Number(starts(file).at(-1)?.split(' ')[3]), 'SIGKILL');
    else await processes.kill(victim === 'broker' ? 'task_broker' : 'worker');
    if (victim === 'broker') await processes.startBroker();
    if (victim === 'worker') await processes.startWorker('second', '-c', '1');
    const settled = await ends;
    return settled.filter((one) => one.status === 'rejected' && one.reason.code === 'CELERY_TIMEOUT').length;
  } finally {
    await processes.end();
  }
}

function starts(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('start'));
  } catch {
    return [];
  }
}
