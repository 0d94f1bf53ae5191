// What waits in the outbox of each agent, asked of it, or read from the disk of this host while it does not run.
import { type AgentEntry, type Config, ConfigError } from '../src/config/index.js';
import { errorText } from '../src/errors/index.js';
import { Agent, agentEntry, type OutboxReport, outboxOnDisk, Sender } from '../src/mesh/index.js';
import { isThisHost } from './this-host.js';
import { PATIENCE_MS, silence } from './unreached.js';

/** The outbox of one agent; `error` tells why it has not told it, and nothing else is there when nobody could. */
export interface AgentOutbox extends Partial<OutboxReport> {
  agent: string;
  /** Of the error, `CONNECT_REFUSED` when the agent does not run. */
  code?: string;
  error?: string;
  /** It was read from the disk. */
  fromDisk?: true;
}

/** The outboxes of all agents. @throws ConfigError when the files of `[security]` are no good */
export function outboxesOfAll(config: Config): Promise<AgentOutbox[]> {
  return Promise.all([...config.agents.values()].map((entry) => outboxIfKnown(config, entry)));
}

/** The outbox of one agent. @throws MeshError, AnswerError when neither it nor the disk tells */
export async function outboxOf(config: Config, agent: string): Promise<AgentOutbox> {
  const entry = agentEntry(config, agent);
  try {
    return await askedOutbox(agent);
  } catch (error) {
    const found = await readHere(config, entry, error);
    if (!found.fromDisk && found.code !== 'STORE_OPEN_FAILED') throw error;
    return found;
  }
}

async function outboxIfKnown(config: Config, entry: AgentEntry): Promise<AgentOutbox> {
  try {
    return await askedOutbox(entry.name);
  } catch (error) {
    // The mistake is here, and the same for all.
    if (error instanceof ConfigError) throw error;
    return readHere(config, entry, error);
  }
}

/** What an agent tells of its outbox. @throws MeshError, AnswerError */
export async function askedOutbox(agent: string): Promise<AgentOutbox> {
  const report = await Sender.request(agent, Agent.OUTBOX, undefined, { timeoutMs: PATIENCE_MS });
  // The agent may be of another version: what it does not say is left out of the tables.
  return { agent, ...(report as OutboxReport) };
}

/** Only while nothing runs there: who runs owns its store, and may keep something to itself. */
async function readHere(config: Config, { name, ip }: AgentEntry, error: unknown): Promise<AgentOutbox> {
  const silent = { agent: name, ...silence(error) };
  if (silent.code !== 'CONNECT_REFUSED') return silent;
  if (!isThisHost(ip)) return { ...silent, error: `${silent.error}; its outbox is on ${ip}` };
  try {
    const report = await outboxOnDisk(config, name);
    if (report) return { ...silent, ...report, fromDisk: true };
    // It has never run, so it has posted nothing.
    return { ...silent, waiting: [], setAside: [], setAsideCount: 0 };
  } catch (failure) {
    return { ...silent, code: 'STORE_OPEN_FAILED', error: `${silent.error}; ${errorText(failure)}` };
  }
}
