// pyros celery call: one call of a task, by name.
import type { Command } from 'commander';
import { secondsOrNone } from '../common.js';
import { appOf, type CeleryCommandOptions, celerySubcommand, jsonOf } from './common.js';

interface Options extends CeleryCommandOptions {
  args?: unknown[];
  kwargs?: Record<string, unknown>;
  countdown?: number;
  eta?: string;
  expires?: number;
  queue?: string;
  priority?: string;
  serializer?: string;
}

export function callCommand(): Command {
  return celerySubcommand('call')
    .description('Call a task by name, and print the id of the call.')
    .argument('<name>', 'name of the task')
    .option(
      '-a, --args <json>',
      'its arguments, a JSON list',
      jsonOf('a list', (value) => Array.isArray(value)),
    )
    .option('-k, --kwargs <json>', 'its named arguments, a JSON object', jsonOf('an object', isRecord))
    .option('--countdown <seconds>', 'start it so much later', secondsOrNone)
    .option('--eta <time>', 'start it at this time, such as 2026-11-24T03:00:00Z')
    .option('--expires <seconds>', 'do not start it any more after this time', secondsOrNone)
    .option('--queue <name>', 'another queue than its route')
    .option('--priority <number>', '0 to 9, 9 first')
    .option('--serializer <name>', 'how the arguments are written')
    .action(async (name: string, options: Options) => {
      const app = appOf(options);
      const { args = [], kwargs = {}, countdown, eta, expires, queue, priority, serializer } = options;
      const result = await app.sendTask(name, args, kwargs, {
        ...(countdown !== undefined && { countdown }),
        ...(eta !== undefined && { eta: new Date(eta) }),
        ...(expires !== undefined && { expires }),
        ...(queue !== undefined && { queue }),
        ...(priority !== undefined && { priority: Number(priority) }),
        ...(serializer !== undefined && { serializer }),
      });
      console.log(result.id);
      app.close();
    });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
