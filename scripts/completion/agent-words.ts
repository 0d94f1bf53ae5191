// Agents and their messages as words of a command line. Whatever goes wrong, there are simply no words.
import { loadConfig } from '../../src/config/index.js';
import { Agent, type OutboxReport, SenderPool } from '../../src/mesh/index.js';
import { printable } from '../output.js';
import { completeSentence } from '../sentences/complete-sentence.js';
import { instrumentsOf } from '../sentences/send-sentence.js';
import type { Candidate, WordSource } from './candidates.js';

/** Nobody waits longer for a tabulator key. */
const PATIENCE_MS = 400;

/** The words of the INI file and of running agents. */
export const agentWords: WordSource = {
  agents(configFile) {
    try {
      return [...loadConfig(configFile).agents.values()].map(({ name, ip, receivePort }) => ({
        word: name,
        help: `${ip}:${receivePort}`,
      }));
    } catch {
      return [];
    }
  },

  async messages(agent, configFile) {
    const help = await ask(agent, Agent.HELP, configFile);
    return Object.entries(help ?? {}).map(candidate);
  },

  sentence(line, configFile) {
    try {
      const words = completeSentence(line, instrumentsOf(loadConfig(configFile)));
      return words.map((word) => ({ word, help: '' }));
    } catch {
      return [];
    }
  },

  async receivers(agent, configFile) {
    const counts = new Map<string, number>();
    for (const one of await setAside(agent, configFile))
      counts.set(one.agent, (counts.get(one.agent) ?? 0) + 1);
    return Array.from(counts, ([to, count]) => candidate([to, `${count} set aside`]));
  },

  async numbers(agent, to, configFile) {
    const theirs = (await setAside(agent, configFile)).filter((one) => one.agent === to);
    if (theirs.length === 0) return [];
    const words = theirs.map(({ number, message, code }) => candidate([`${number}`, `${message}: ${code}`]));
    return [...words, { word: 'all', help: `all ${theirs.length}` }];
  },
};

async function setAside(agent: string, configFile: string | undefined): Promise<OutboxReport['setAside']> {
  const report = (await ask(agent, Agent.OUTBOX, configFile)) as Partial<OutboxReport> | undefined;
  return report?.setAside ?? [];
}

/** What an agent answers; `undefined` when it does not, or not soon. */
async function ask(
  agent: string,
  message: string,
  configFile: string | undefined,
): Promise<Record<string, unknown> | undefined> {
  try {
    const pool = new SenderPool(loadConfig(configFile));
    const answer = await pool
      .request(agent, message, undefined, { timeoutMs: PATIENCE_MS })
      .finally(() => pool.close());
    return answer as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function candidate([word, help]: [string, unknown]): Candidate {
  return { word: printable(word), help: printable(String(help)) };
}
