// pyros outbox: what waits in the outboxes of the agents, and what was set aside.
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { EXIT_FAILURE } from '../../src/errors/index.js';
import { Agent, type OutboxChange, Sender } from '../../src/mesh/index.js';
import { CommandFailure } from '../errors.js';
import { type AgentOutbox, askedOutbox, outboxesOfAll, outboxOf } from '../outbox-report.js';
import { outboxLines } from '../outbox-table.js';
import { jsonLine, printable, printJson } from '../output.js';
import { configOf, configuredCommand } from './common.js';

interface Options {
  config?: string;
  json?: boolean;
}

/** Stands for every message that was set aside for a receiver. */
const ALL = 'all';
/** For so long it is looked whether a message that was posted once more is taken this time. */
const LOOK_FOR_MS = 1_500;
const LOOK_EVERY_MS = 50;

const NOTES = `
resend posts a message that was set aside once more, behind those that wait; drop forgets it. Their NUMBER is that of
the list, or all.

Examples:
  pyros outbox                                 all agents
  pyros outbox majordome                       one agent
  pyros outbox majordome resend scheduler 12
  pyros outbox majordome drop scheduler all`;

export function outboxCommand(): Command {
  return configuredCommand('outbox')
    .description(
      'Show the posted messages that wait for their receivers, and those set aside. Exit code 1 when an agent does not answer.',
    )
    .argument('[agent]', 'the sender, as in the INI file; all without it')
    .addArgument(
      new Argument('[action]', 'with messages of it that were set aside').choices(['resend', 'drop']),
    )
    .argument('[to]', 'their receiver')
    .argument('[number]', 'which of them, or all', numberOrAll)
    .option('--json', 'print everything as JSON')
    .addHelpText('after', NOTES)
    .action(
      async (agent?: string, action?: string, to?: string, number?: number | 'all', options?: Options) => {
        const config = configOf(options ?? {});
        const json = options?.json ?? false;
        if (agent === undefined) show(await outboxesOfAll(config), json);
        else if (action === undefined) show([await outboxOf(config, agent)], json);
        else await change({ agent, action, to, number }, json);
      },
    );
}

function show(outboxes: AgentOutbox[], json: boolean): void {
  if (outboxes.some(({ error }) => error !== undefined)) process.exitCode = EXIT_FAILURE;
  if (json) {
    printJson(outboxes);
    return;
  }
  for (const line of outboxLines(outboxes)) console.log(line);
  for (const { agent, error, fromDisk } of outboxes)
    if (error !== undefined)
      console.error(printable(`${agent}: ${error}${fromDisk ? '; its outbox was read from the disk' : ''}`));
}

interface Change {
  agent: string;
  action: string;
  to: string | undefined;
  number: number | 'all' | undefined;
}

async function change({ agent, action, to, number }: Change, json: boolean): Promise<void> {
  if (to === undefined || number === undefined) {
    const text = `expected pyros outbox ${agent} ${action} TO NUMBER: the receiver, and a number of the list or all`;
    throw new CommandFailure('USAGE', text);
  }
  const message = action === 'resend' ? Agent.OUTBOX_RESEND : Agent.OUTBOX_DROP;
  const choice = number === ALL ? { agent: to } : { agent: to, number };
  const { count, first } = (await Sender.request(agent, message, choice)) as OutboxChange;
  // An agent of another version may not tell it.
  if (first !== undefined) await refuseToPretend(agent, to, first, count);
  const done = action === 'resend' ? 'posted once more' : 'dropped';
  if (json) console.log(jsonLine({ ok: true, count }));
  else console.log(`${messages(count)} ${done}`);
}

/** A message that is refused for what it is will be again: better said at once than found in the list later. */
async function refuseToPretend(agent: string, to: string, from: number, count: number): Promise<void> {
  const endMs = performance.now() + LOOK_FOR_MS;
  for (let waits = true; waits && performance.now() < endMs; ) {
    const { waiting = [], setAside = [] } = await askedOutbox(agent);
    const again = setAside.filter(
      (one) => one.agent === to && one.number >= from && one.number < from + count,
    );
    const [first] = again;
    if (first) {
      const text = `posted once more, and set aside again: ${to} says ${first.code}, ${first.reason}; mend that first, or pyros outbox ${agent} drop ${to} ${first.number}`;
      throw new CommandFailure('SET_ASIDE_AGAIN', `${again.length} of ${messages(count)} ${text}`);
    }
    waits = waiting.some((one) => one.agent === to);
    if (waits) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function messages(count: number): string {
  return `${count} ${count === 1 ? 'message' : 'messages'}`;
}

function numberOrAll(text: string): number | 'all' {
  if (text === ALL) return ALL;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('expected the number of a message, or all');
}
