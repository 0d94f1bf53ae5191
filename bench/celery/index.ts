// Celery with the embedded broker: how fast, how timely, and what survives kills.
import { CeleryProcesses } from '../../test/helpers/celery-processes.js';
import type { Benchmark, Figure } from '../figure.js';
import { everyKill } from './kills.js';
import { memoryFigures, roundTrips, throughput, waitingTasks } from './throughput.js';
import { countdowns, terminations } from './timeliness.js';

const celery: Benchmark = async ({ quick }) => {
  const figures: Figure[] = [];
  const processes = await CeleryProcesses.start({ mesh: ['request_timeout = 120s'] });
  try {
    figures.push(...(await throughput(processes, quick ? 20_000 : 100_000)));
    figures.push(...(await roundTrips(processes, quick ? 300 : 2_000)));
    figures.push(...(await countdowns(processes, quick ? 30 : 50)));
    figures.push(...(await terminations(processes, quick ? 15 : 50)));
    figures.push(...(await memoryFigures(processes)));
  } finally {
    await processes.end();
  }
  figures.push(...(await waitingTasks(quick ? 20_000 : 100_000)));
  figures.push(await everyKill(quick ? 1 : 10, quick ? 300 : 1_000));
  return figures;
};

export default celery;
