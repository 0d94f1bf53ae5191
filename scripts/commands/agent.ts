// pyros agent: one agent, or one of the workers that the INI file names, in the foreground.
import type { Command } from 'commander';
import { runApplication } from '../../src/mesh/index.js';
import { configOf, configuredCommand } from './common.js';

export function agentCommand(): Command {
  return configuredCommand('agent')
    .description('Run one agent or worker in the foreground; Ctrl-C or the message Shutdown stops it.')
    .argument('<agent>', 'its section in the INI file, or its name in [celery.workers]')
    .action(async (name: string, options: { config?: string }) => {
      const config = configOf(options);
      const worker = config.celery?.workers.find((entry) => entry.name === name);
      if (worker && !config.agents.has(name)) await runWorker(worker.options, config.file);
      else process.exitCode = await runApplication(config, name);
    });
}

/** As `pyros celery worker` with these options. What an agent does not need is not loaded before. */
async function runWorker(options: readonly string[], configFile: string): Promise<void> {
  const { celeryCommand } = await import('./celery/index.js');
  await celeryCommand().parseAsync(['worker', ...options, '--config', configFile], { from: 'user' });
}
