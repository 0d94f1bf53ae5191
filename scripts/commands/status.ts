// pyros status: all agents, one line each.
import type { Command } from 'commander';
import type { AgentEntry, Config } from '../../src/config/index.js';
import { EXIT_FAILURE, EXIT_OK, errorCode, errorText } from '../../src/errors/index.js';
import { Agent, Sender, type SenderPool } from '../../src/mesh/index.js';
import { durationText, printJson, printTable } from '../output.js';
import { configOf, configuredCommand } from './common.js';

/** An agent that does not answer within this time counts as down. */
const PATIENCE_MS = 2_000;

/** What is known of one agent; `error` tells why nothing else is. */
export interface AgentReport {
  agent: string;
  address: string;
  up: boolean;
  error?: string;
  status?: Record<string, unknown>;
}

export function statusCommand(): Command {
  return configuredCommand('status')
    .description('Ask every agent of the INI file how it is. Exit code 1 when one does not answer.')
    .option('--json', 'print everything the agents say, as JSON')
    .action(async (options: { config?: string; json?: boolean }) => {
      const reports = await askAll(configOf(options));
      if (options.json) printJson(reports);
      else printReports(reports);
      process.exitCode = reports.every((report) => report.up) ? EXIT_OK : EXIT_FAILURE;
    });
}

/** Asks all agents at once. */
export function askAll(config: Config, sender: Pick<SenderPool, 'request'> = Sender): Promise<AgentReport[]> {
  return Promise.all([...config.agents.values()].map((entry) => ask(entry, sender)));
}

async function ask(
  { name, ip, receivePort }: AgentEntry,
  sender: Pick<SenderPool, 'request'>,
): Promise<AgentReport> {
  const address = `${ip}:${receivePort}`;
  try {
    const status = await sender.request(name, Agent.STATUS, undefined, { timeoutMs: PATIENCE_MS });
    return { agent: name, address, up: true, status: status as Record<string, unknown> };
  } catch (error) {
    const text = errorCode(error) === 'UNREACHABLE' ? 'not running' : errorText(error);
    return { agent: name, address, up: false, error: text };
  }
}

function printReports(reports: AgentReport[]): void {
  const rows = reports.map(({ agent, address, status, error }) => {
    if (!status) return [agent, 'DOWN', address, '', '', '', '', error];
    const { state, pid, uptimeS, memoryMiB, mailbox, fault, lastError } = status;
    const { waiting } = mailbox as { waiting: number };
    return [
      agent,
      state,
      address,
      pid,
      durationText(Number(uptimeS)),
      `${memoryMiB} MiB`,
      waiting,
      fault ?? lastError,
    ];
  });
  printTable(['AGENT', 'STATE', 'ADDRESS', 'PID', 'UP', 'MEMORY', 'WAITING', 'LAST ERROR'], rows);
}
