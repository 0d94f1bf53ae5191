// A task broker in the process of its test, with the limits of an observatory.
import { join } from 'node:path';
import type { Aftermath } from '../../src/celery/broker/embedded/aftermath.js';
import { TaskBroker } from '../../src/celery/index.js';
import { type Clock, ManualClock } from '../../src/clock/index.js';
import { Store } from '../../src/store/index.js';

const LIMITS = {
  maxQueueLength: 1_000,
  storeLimitBytes: 2 ** 30,
  maxDeliveries: 3,
  workerPatienceMs: 60_000,
  resultExpiresMs: 60_000,
};
const QUIET = { info: () => {}, warn: () => {} };

/** With a store in a folder: what was there before goes on. `close` ends both. */
export function openTaskBroker(folder: string, clock: Clock = new ManualClock(), aftermath?: Aftermath) {
  const store = new Store(join(folder, 'store.lmdb'));
  const broker = new TaskBroker(store, clock, QUIET, LIMITS, aftermath);
  const close = async () => {
    await broker.close();
    await store.close();
  };
  return { store, broker, close };
}
