// How many files and sockets a process may have open.
import { readFileSync } from 'node:fs';

/** For this process; its children get the same. */
export function mostFiles(): number {
  const [, hard] =
    /Max open files +\d+ +(\d+|unlimited)/.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}
