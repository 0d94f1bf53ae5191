// pyros celery purge and list: the queues.
import { Argument, type Command, Option } from 'commander';
import type { Celery } from '../../../src/celery/index.js';
import { EXIT_FAILURE } from '../../../src/errors/index.js';
import { printJson, printTable } from '../../output.js';
import { appOf, type CeleryCommandOptions, celerySubcommand, queueNames } from './common.js';

export function purgeCommand(): Command {
  return celerySubcommand('purge')
    .description(
      'Drop all tasks that wait in queues, for good. Exit code 1 when one of the queues is unknown.',
    )
    .option(
      '-Q, --queues <names>',
      'these queues, separated by commas; by default the default queue',
      queueNames,
    )
    .addOption(new Option('-f, --force', 'not needed: nothing is asked').hideHelp())
    .action(async (options: CeleryCommandOptions & { queues?: string[] }) => {
      const app = appOf(options);
      const known = await knownQueues(app);
      for (const queue of options.queues ?? [app.conf.taskDefaultQueue]) {
        if (!known.has(queue)) {
          console.error(`pyros: there is no queue ${queue}; 'pyros celery list queues' lists them`);
          process.exitCode = EXIT_FAILURE;
          continue;
        }
        const count = await app.control.purge(queue);
        console.log(`${queue}: ${count} ${count === 1 ? 'task' : 'tasks'} dropped`);
      }
      app.close();
    });
}

export function listCommand(): Command {
  return celerySubcommand('list')
    .description('List the queues: what waits there, and who takes it.')
    .addArgument(new Argument('<what>', 'what to list').choices(['queues']))
    .option('--json', 'print it as JSON')
    .action(async (_what: string, options: CeleryCommandOptions & { json?: boolean }) => {
      const app = appOf(options);
      const queues = await app.broker.queues();
      if (options.json) printJson(queues);
      else
        printTable(
          ['QUEUE', 'READY', 'SCHEDULED', 'HELD', 'WORKERS'],
          queues.map(({ name, ready, scheduled, held, consumers }) => [
            name,
            ready,
            scheduled,
            held,
            consumers.join(', '),
          ]),
        );
      app.close();
    });
}

/** Those of the broker, and those of the INI file, which may not have been used yet. */
async function knownQueues(app: Celery): Promise<ReadonlySet<string>> {
  const { taskDefaultQueue, routes } = app.conf;
  const queues = await app.broker.queues();
  return new Set([taskDefaultQueue, ...routes.map(({ queue }) => queue), ...queues.map(({ name }) => name)]);
}
