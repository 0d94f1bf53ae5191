// The messages by which people look into an agent's outbox: what waits there, and what was set aside.
import { minValue, number, object, optional, pipe, safeInteger, string } from 'valibot';
import { AgentConstants } from './agent-constants.js';
import { MeshError } from './errors.js';
import { type Action, action, defineMessage } from './message.js';
import type { Outbox } from './outbox.js';

/** Set-aside messages that are listed; their number is told in any case. */
const LISTED_LIMIT = 1000;

const CHOICE = object({ agent: string(), number: optional(pipe(number(), safeInteger(), minValue(1))) });

const SHOW = defineMessage(
  AgentConstants.OUTBOX,
  'Posted messages that wait for their receivers, and those set aside',
);
const RESEND = defineMessage(
  AgentConstants.OUTBOX_RESEND,
  'Post what was set aside for an agent once more: one number, or all',
  CHOICE,
);
const DROP = defineMessage(
  AgentConstants.OUTBOX_DROP,
  'Forget what was set aside for an agent: one number, or all',
  CHOICE,
);

/** What an agent answers to `Outbox`. */
export interface OutboxReport {
  waiting: { agent: string; count: number; oldestAgeS: number }[];
  setAside: {
    agent: string;
    number: number;
    message: string;
    code: string;
    reason: string;
    ageS: number;
  }[];
  /** Of all that were set aside, also those beyond the list. */
  setAsideCount: number;
}

/** How many messages `Outbox resend` and `Outbox drop` were about. */
export interface OutboxChange {
  count: number;
  /** Of `Outbox resend`: the new number of the first; those of the others follow it. */
  first?: number;
}

/** @param outbox - of the agent `name`; not there before it has started */
export function outboxActions(name: string, outbox: () => Outbox | undefined): [string, Action][] {
  const open = () => {
    const known = outbox();
    if (!known) throw new MeshError('NO_OUTBOX', 'the agent is starting, and has no outbox yet');
    return known;
  };
  return [
    [SHOW.text, action(SHOW, () => outboxReport(open(), Date.now()))],
    [
      RESEND.text,
      action(RESEND, (choice) => change(name, choice, open().sendAgain(choice.agent, choice.number))),
    ],
    [DROP.text, action(DROP, (choice) => change(name, choice, open().drop(choice.agent, choice.number)))],
  ];
}

/** What is in an outbox. */
export function outboxReport(outbox: Outbox, nowMs: number): OutboxReport {
  const ageS = (ms: number) => Math.max(0, Math.round((nowMs - ms) / 100) / 10);
  return {
    waiting: outbox
      .waiting()
      .map(({ agent, count, oldestMs }) => ({ agent, count, oldestAgeS: ageS(oldestMs) })),
    setAside: [...outbox.asides(LISTED_LIMIT)].map(({ agent, number, message, code, reason, postedMs }) => {
      return { agent, number, message, code, reason, ageS: ageS(postedMs) };
    }),
    setAsideCount: outbox.asideCount,
  };
}

async function change(
  from: string,
  { agent, number }: { agent: string; number?: number | undefined },
  changing: Promise<OutboxChange>,
): Promise<OutboxChange> {
  const changed = await changing;
  if (changed.count > 0) return changed;
  const what = number === undefined ? 'no message' : `no message of number ${number}`;
  throw new MeshError(
    'NOT_SET_ASIDE',
    `${what} to ${agent} was set aside; \`pyros outbox ${from}\` lists those that were`,
  );
}
