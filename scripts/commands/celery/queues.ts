// pyros celery purge and list: the queues.
import { Argument, type Command } from 'commander';
import { printJson, printTable } from '../../output.js';
import { appOf, type CeleryCommandOptions, celerySubcommand, names } from './common.js';

export function purgeCommand(): Command {
  return celerySubcommand('purge')
    .description('Drop all tasks that wait in queues, for good.')
    .option('-Q, --queues <names>', 'these queues, separated by commas; by default the default queue', names)
    .action(async (options: CeleryCommandOptions & { queues?: string[] }) => {
      const app = appOf(options);
      for (const queue of options.queues ?? [app.conf.taskDefaultQueue]) {
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
