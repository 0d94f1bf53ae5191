// The tables of `pyros outbox`.
import type { AgentOutbox } from './outbox-report.js';
import { durationText, tableLines } from './output.js';

const WAITING_HEAD = ['FROM', 'TO', 'WAITING', 'OLDEST'];
const ASIDE_HEAD = ['FROM', 'TO', 'NUMBER', 'MESSAGE', 'CODE', 'AGE', 'REASON'];

/** What waits, what was set aside, or that there is nothing. */
export function outboxLines(outboxes: readonly AgentOutbox[]): string[] {
  const waiting = outboxes.flatMap(waitingRows);
  const asides = outboxes.flatMap(asideRows);
  const proviso = outboxes.some(isUnknown) ? ', as far as is known' : '';
  const lines = waiting.length > 0 ? tableLines(WAITING_HEAD, waiting) : [`nothing waits${proviso}`];
  if (asides.length === 0) return [...lines, `nothing is set aside${proviso}`];
  return [...lines, '', 'set aside:', ...tableLines(ASIDE_HEAD, asides), ...outboxes.flatMap(beyondList)];
}

function isUnknown({ error, waiting }: AgentOutbox): boolean {
  return error !== undefined && waiting === undefined;
}

function waitingRows({ agent: from, waiting = [] }: AgentOutbox): unknown[][] {
  return waiting.map(({ agent, count, oldestAgeS }) => [from, agent, count, durationText(oldestAgeS)]);
}

function asideRows({ agent: from, setAside = [] }: AgentOutbox): unknown[][] {
  return setAside.map(({ agent, number, message, code, ageS, reason }) => {
    return [from, agent, number, message, code, durationText(ageS), reason];
  });
}

function beyondList({ agent, setAside = [], setAsideCount = 0 }: AgentOutbox): string[] {
  const more = setAsideCount - setAside.length;
  return more > 0 ? [`and ${more} more of ${agent}`] : [];
}
