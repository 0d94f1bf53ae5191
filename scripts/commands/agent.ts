// pyros agent: one agent in the foreground.
import type { Command } from 'commander';
import { runApplication } from '../../src/mesh/index.js';
import { configOf, configuredCommand } from './common.js';

export function agentCommand(): Command {
  return configuredCommand('agent')
    .description('Run one agent in the foreground; Ctrl-C or the message Shutdown stops it.')
    .argument('<agent>', 'its section in the INI file')
    .action(async (name: string, options: { config?: string }) => {
      process.exitCode = await runApplication(configOf(options), name);
    });
}
