// What is known of each agent of the INI file, asked now.
import { type AgentEntry, type Config, ConfigError } from '../src/config/index.js';
import { Agent, AnswerError, Sender, type SenderPool } from '../src/mesh/index.js';
import { PATIENCE_MS, silence } from './unreached.js';

/** Whether anybody is there at all should be known sooner. */
const GLANCE_MS = 500;

/** What is known of one agent; `error` tells why nothing else is. */
export interface AgentReport {
  agent: string;
  address: string;
  /** Whether it has told how it is. */
  up: boolean;
  /** Of the error, `CONNECT_REFUSED` when nothing runs there. */
  code?: string;
  error?: string;
  status?: Record<string, unknown>;
}

/** Asks all agents at once. @throws ConfigError when the files of `[security]` are no good */
export function askAll(config: Config, sender: Pick<SenderPool, 'request'> = Sender): Promise<AgentReport[]> {
  return Promise.all([...config.agents.values()].map((entry) => ask(entry, sender)));
}

/** Whether at least one agent of the file runs. */
export async function someAgentAnswers(config: Config): Promise<boolean> {
  const answers = [...config.agents.keys()].map((name) => pingBriefly(name));
  return Promise.any(answers).then(
    () => true,
    () => false,
  );
}

/** The observatory's time as a running agent tells it; `undefined` when none does. */
export async function timeOfAgents(config: Config): Promise<number | undefined> {
  // Who may not read the secret still knows the time of his clock.
  const reports = await askAll(config).catch(() => []);
  const times = reports.map(({ status }) => Date.parse(String(status?.['time'])));
  return times.find(Number.isFinite);
}

async function pingBriefly(agent: string): Promise<void> {
  try {
    await Sender.sendTo(agent, Agent.PING, undefined, { signal: AbortSignal.timeout(GLANCE_MS) });
  } catch (error) {
    // It says no, or lets nobody in: so it is there.
    const isThere = error instanceof AnswerError || silence(error).code === 'HANDSHAKE_FAILED';
    if (!isThere) throw error;
  }
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
    // The mistake is here, and the same for all.
    if (error instanceof ConfigError) throw error;
    return { agent: name, address, up: false, ...silence(error) };
  }
}
