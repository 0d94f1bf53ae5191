// pyros outbox: what waits in the outboxes of the agents, and what was set aside.
import { Argument, type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../../src/config/index.js';
import { EXIT_FAILURE, errorCode, errorText } from '../../src/errors/index.js';
import { Agent, type OutboxChange, type OutboxReport, Sender } from '../../src/mesh/index.js';
import { CommandFailure } from '../errors.js';
import { type AgentOutbox, outboxLines } from '../outbox-table.js';
import { jsonLine, printable, printJson } from '../output.js';
import { configOf, configuredCommand } from './common.js';

interface Options {
  config?: string;
  json?: boolean;
}

/** Stands for every message that was set aside for a receiver. */
const ALL = 'all';
/** An agent that does not answer within this time counts as down. */
const PATIENCE_MS = 2_000;

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
        if (agent === undefined) await showAll(config, json);
        else if (action === undefined) show([await outboxOf(agent)], json);
        else await change({ agent, action, to, number }, json);
      },
    );
}

async function showAll(config: Config, json: boolean): Promise<void> {
  const outboxes = await Promise.all([...config.agents.keys()].map(outboxIfUp));
  show(outboxes, json);
  if (outboxes.some(({ error }) => error !== undefined)) process.exitCode = EXIT_FAILURE;
}

function show(outboxes: AgentOutbox[], json: boolean): void {
  if (json) {
    printJson(outboxes);
    return;
  }
  for (const line of outboxLines(outboxes)) console.log(line);
  for (const { agent, error } of outboxes)
    if (error !== undefined) console.error(printable(`${agent}: ${error}`));
}

async function outboxOf(agent: string): Promise<AgentOutbox> {
  const report = await Sender.request(agent, Agent.OUTBOX, undefined, { timeoutMs: PATIENCE_MS });
  // The agent may be of another version: what it does not say is left out of the tables.
  return { agent, ...(report as OutboxReport) };
}

async function outboxIfUp(agent: string): Promise<AgentOutbox> {
  try {
    return await outboxOf(agent);
  } catch (error) {
    return { agent, error: errorCode(error) === 'UNREACHABLE' ? 'not running' : errorText(error) };
  }
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
  const { count } = (await Sender.request(agent, message, choice)) as OutboxChange;
  const done = action === 'resend' ? 'posted once more' : 'dropped';
  if (json) console.log(jsonLine({ ok: true, count }));
  else console.log(`${count} ${count === 1 ? 'message' : 'messages'} ${done}`);
}

function numberOrAll(text: string): number | 'all' {
  if (text === ALL) return ALL;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('expected the number of a message, or all');
}
