// What a worker is told when it is started.
import type { PoolKind } from './child-link.js';

/** Options of a worker, those of the command line. */
export interface WorkerOptions {
  pool: PoolKind;
  node: string;
  queues: string[];
  concurrency: number;
  prefetchMultiplier: number;
  maxTasksPerChild: number | undefined;
  maxMemoryPerChildKiB: number | undefined;
  timeLimitMs: number | undefined;
  softTimeLimitMs: number | undefined;
  graceMs: number;
}
