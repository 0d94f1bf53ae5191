// The outbox of an agent that does not run, read from its store on this host.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/index.js';
import { errorCode, errorText } from '../errors/index.js';
import { Store, StoreError } from '../store/index.js';
import { Outbox } from './outbox.js';
import { type OutboxReport, outboxReport } from './outbox-messages.js';

/**
 * What lies in the outbox of an agent. Nothing is changed; the agent may start meanwhile.
 * @returns `undefined` when it has no outbox on this host
 * @throws StoreError `STORE_OPEN_FAILED`
 */
export async function outboxOnDisk(config: Config, agent: string): Promise<OutboxReport | undefined> {
  const path = join(config.dataDirectory, 'store', `${agent}.lmdb`);
  // LMDB would make the second one, and it would then belong to us instead of to the agent.
  if (!isThere(path) || !isThere(`${path}-lock`)) return undefined;
  const store = new Store(path, { readOnly: true });
  try {
    // Without a name it has never held a message.
    if (!store.table('outbox_name').has('id')) return undefined;
    return outboxReport(new Outbox(store, Date.now, agent, config.mesh), Date.now());
  } finally {
    await store.close();
  }
}

/** @throws StoreError when nobody can say */
function isThere(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    const text = `the store ${path} cannot be read: ${errorText(error)}`;
    throw new StoreError('STORE_OPEN_FAILED', text, error);
  }
}
