// Agents and their messages as words of a command line. Whatever goes wrong, there are simply no words.
import { loadConfig } from '../../src/config/index.js';
import { Agent, SenderPool } from '../../src/mesh/index.js';
import { printable } from '../output.js';
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
    try {
      const pool = new SenderPool(loadConfig(configFile));
      const help = await pool
        .request(agent, Agent.HELP, undefined, { timeoutMs: PATIENCE_MS })
        .finally(() => pool.close());
      return Object.entries(help as Record<string, unknown>).map(candidate);
    } catch {
      return [];
    }
  },
};

function candidate([word, help]: [string, unknown]): Candidate {
  return { word: printable(word), help: printable(String(help)) };
}
