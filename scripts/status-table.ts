// The table of `pyros status`.
import type { AgentReport } from './agent-report.js';
import { coloured, durationText, tableLines } from './output.js';

const HEAD = ['AGENT', 'STATE', 'ADDRESS', 'PID', 'UP', 'MEMORY', 'WAITING', 'POSTED', 'LAST ERROR'];
const STATE_COLUMN = HEAD.indexOf('STATE');
const GOOD_STATES = ['READY', 'BUSY'];
const BAD_STATES = ['ERROR', 'DOWN', 'UNKNOWN'];

/** A line per agent below the head; coloured on a terminal, and cut to `width` when it is given. */
export function statusLines(reports: readonly AgentReport[], width?: number): string[] {
  const paint = (cell: string, _row: number, column: number) =>
    column === STATE_COLUMN ? paintState(cell) : cell;
  return tableLines(HEAD, reports.map(cells), { paint, width });
}

function cells({ agent, address, status, code, error }: AgentReport): unknown[] {
  if (!status) {
    // Whoever refuses this host, or hangs, is not down.
    const state = code === 'CONNECT_REFUSED' ? 'DOWN' : 'UNKNOWN';
    return [agent, state, address, '', '', '', '', '', error ?? 'it answers, but with no status'];
  }
  const { state, pid, uptimeS, memoryMiB, mailbox, posted, fault, lastError } = status;
  const { waiting } = (mailbox ?? {}) as { waiting?: number };
  const up = uptimeS === undefined ? undefined : durationText(Number(uptimeS));
  const memory = memoryMiB === undefined ? undefined : `${memoryMiB} MiB`;
  return [agent, state, address, pid, up, memory, waiting, postedText(posted), fault ?? lastError];
}

/** How many posted messages wait for their receivers, and how many were given up. */
function postedText(posted: unknown): string | undefined {
  if (typeof posted !== 'object' || posted === null) return undefined;
  const { waiting = {}, setAside = 0 } = posted as { waiting?: Record<string, number>; setAside?: number };
  const sum = Object.values(waiting).reduce((all, one) => all + one, 0);
  return setAside > 0 ? `${sum}, ${setAside} set aside` : String(sum);
}

function paintState(cell: string): string {
  const state = cell.trimEnd();
  if (GOOD_STATES.includes(state)) return coloured(cell, 'green');
  return coloured(cell, BAD_STATES.includes(state) ? 'red' : 'yellow');
}
