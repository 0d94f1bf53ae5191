// The store of a broker that runs by itself: a folder, of one process at a time.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../../src/errors/index.js';
import { Store } from '../../src/store/index.js';
import { CommandFailure } from '../errors.js';

const STORE_FILE = 'voevents.lmdb';
const LOCK_FILE = 'broker.pid';

/** Where events are kept when nothing is said: as Comet, in the system's folder for temporary files. */
export function defaultEventDirectory(): string {
  return join(tmpdir(), `pyros-comet-${userInfo().username}`);
}

/**
 * Opens a folder's store for reading, also while a broker runs.
 * @throws CommandFailure `NO_INPUT`
 */
export function readEventDatabase(directory: string): Store {
  const path = join(directory, STORE_FILE);
  if (existsSync(path)) return new Store(path, { readOnly: true });
  throw new CommandFailure(
    'NO_INPUT',
    `no broker has kept events in ${directory}: there is no ${STORE_FILE}`,
  );
}

/**
 * Opens a folder's store for a broker; the folder is made.
 * @throws CommandFailure `EVENTDB_IN_USE`
 */
export function openEventDatabase(directory: string): { store: Store; close: () => Promise<void> } {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = join(directory, LOCK_FILE);
  takeLock(lock);
  const store = new Store(join(directory, STORE_FILE));
  const close = async () => {
    await store.close();
    rmSync(lock, { force: true });
  };
  return { store, close };
}

function takeLock(lock: string): void {
  for (;;) {
    try {
      const file = openSync(lock, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid > 0 && isBroker(pid)) {
      const text = `the event database of ${lock} is in use by process ${pid}; choose another with --eventdb`;
      throw new CommandFailure('EVENTDB_IN_USE', text);
    }
    // It was killed.
    rmSync(lock, { force: true });
  }
}

/** Whether that process is there, and not another program that has got its number. */
function isBroker(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('comet');
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
