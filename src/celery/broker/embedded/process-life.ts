// Whether a process of this host has ended: a connection that closes may mean that, or a short trouble.
import { readFileSync } from 'node:fs';

/** When a process was started, in the kernel's ticks; tells processes of the same number apart. Empty elsewhere. */
export function processStartTime(pid: number | 'self'): string {
  return statFields(pid)?.startTime ?? '';
}

/** Whether a process has certainly ended; `undefined` when that cannot be seen from here. */
export function hasEnded(pid: number, startTime: string): boolean | undefined {
  if (startTime === '') return undefined;
  const fields = statFields(pid);
  if (!fields) return true;
  return fields.state === 'Z' || fields.state === 'X' || fields.startTime !== startTime;
}

/** Of /proc: after the name in brackets, which may hold anything. */
function statFields(pid: number | 'self'): { state: string; startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
