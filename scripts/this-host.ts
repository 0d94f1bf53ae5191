// Which addresses are this host's.
import { networkInterfaces } from 'node:os';

/** Whether an agent with this `ip` runs on this host. */
export function isThisHost(ip: string): boolean {
  if (ip.startsWith('127.') || ip === '::1' || ip === '0.0.0.0' || ip === '::') return true;
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === ip));
}
