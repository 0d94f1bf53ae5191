// Looking an agent up in the configuration.
import type { AgentEntry, Config } from '../config/index.js';
import { MeshError } from './errors.js';

/** An agent's entry in the configuration. @throws MeshError `UNKNOWN_AGENT` that names those there are */
export function agentEntry(config: Config, name: string): AgentEntry {
  const entry = config.agents.get(name);
  if (entry) return entry;
  const agents = [...config.agents.keys()].join(', ');
  const text = `"${name}" is no agent of ${config.file}, which has no section [${name}]; its agents are ${agents}`;
  throw new MeshError('UNKNOWN_AGENT', text);
}
