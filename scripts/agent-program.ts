// The `pyros` command as an agent's process needs it: without the other commands and all that they load.
import { Command } from 'commander';
import { agentCommand } from './commands/agent.js';
import { configured } from './commands/common.js';

/** `pyros agent` alone. */
export function agentProgram(): Command {
  return configured(new Command('pyros')).addCommand(configured(agentCommand()));
}
