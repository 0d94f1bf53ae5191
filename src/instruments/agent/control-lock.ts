// Who may control a device: everybody, or for a while only one.
import { InstrumentError } from '../errors.js';

/** A lock as it is kept. */
export interface ControlLock {
  owner: string;
  untilMs: number;
}

/** What somebody says of himself: the name of his agent, and the `OWNER=` of his sentence. */
export interface Client {
  from: string | undefined;
  owner: string | undefined;
}

/** The lock that holds at a time, if any. */
export function lockAt(lock: ControlLock | undefined, nowMs: number): ControlLock | undefined {
  return lock && lock.untilMs > nowMs ? lock : undefined;
}

/** @throws InstrumentError `DENIED` for who is not the owner */
export function checkControl(lock: ControlLock | undefined, { from, owner }: Client, nowMs: number): void {
  const held = lockAt(lock, nowMs);
  if (!held || held.owner === (owner ?? from)) return;
  const leftS = Math.ceil((held.untilMs - nowMs) / 1000);
  const text = `${held.owner} has the lock for another ${leftS} s; the owner says OWNER=${held.owner}`;
  throw new InstrumentError('DENIED', text);
}
