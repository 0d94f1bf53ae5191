// Who sends to whom among the agents that come with PyROS, so that a missing section is told at the start.
import type { Config } from './config.js';
import type { AgentName } from './schema.js';

const RECEIVERS: Partial<Record<AgentName, readonly AgentName[]>> = {
  voevent_broker: ['alert_manager'],
  alert_manager: ['scheduler', 'majordome'],
  scheduler: ['majordome'],
  majordome: ['alert_manager', 'scheduler', 'task_broker', 'telescope', 'camera_vis'],
  camera_vis: ['telescope'],
  camera_nir: ['telescope'],
  plc: ['dome'],
  weather: ['dome'],
  dome: ['weather', 'plc'],
};

/** A warning for each agent that `agent` sends to and that the file does not have. */
export function missingReceivers({ agents, file }: Pick<Config, 'agents' | 'file'>, agent: string): string[] {
  const receivers = Object.hasOwn(RECEIVERS, agent) ? (RECEIVERS[agent as AgentName] ?? []) : [];
  return receivers
    .filter((receiver) => !agents.has(receiver))
    .map((receiver) => `${agent} sends to ${receiver}, but ${file} has no section [${receiver}]`);
}
