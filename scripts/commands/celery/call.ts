// pyros celery call: one call of a task, by name.
import { type Command, Option } from 'commander';
import { WRITABLE_SERIALIZER_NAMES } from '../../../src/celery/index.js';
import { countFrom, secondsOrNone } from '../common.js';
import {
  appOf,
  type CeleryCommandOptions,
  celerySubcommand,
  jsonOf,
  queueName,
  taskName,
  time,
} from './common.js';

interface Options extends CeleryCommandOptions {
  args?: unknown[];
  kwargs?: Record<string, unknown>;
  countdown?: number;
  eta?: Date;
  expires?: Date | number;
  queue?: string;
  priority?: number;
  serializer?: string;
}

export function callCommand(): Command {
  return celerySubcommand('call')
    .description('Call a task by name, and print the id of the call.')
    .argument('<name>', 'name of the task', taskName)
    .option(
      '-a, --args <json>',
      'its arguments, a JSON list',
      jsonOf('a list', (value) => Array.isArray(value)),
    )
    .option('-k, --kwargs <json>', 'its named arguments, a JSON object', jsonOf('an object', isRecord))
    .option('--countdown <seconds>', 'start it so much later', secondsOrNone)
    .option('--eta <time>', 'start it at this time, such as 2026-11-24T03:00:00Z', time)
    .option('--expires <when>', 'do not start it any more after so many seconds, or after this time', expiry)
    .option('--queue <name>', 'another queue than its route', queueName)
    .option('--priority <number>', '0 to 9, 9 first', countFrom(0, 9))
    .addOption(
      new Option('--serializer <name>', 'how the arguments are written').choices(WRITABLE_SERIALIZER_NAMES),
    )
    .action(async (name: string, options: Options) => {
      const app = appOf(options);
      const { args = [], kwargs = {}, countdown, eta, expires, queue, priority, serializer } = options;
      const result = await app.sendTask(name, args, kwargs, {
        ...(countdown !== undefined && { countdown }),
        ...(eta !== undefined && { eta }),
        ...(expires !== undefined && { expires }),
        ...(queue !== undefined && { queue }),
        ...(priority !== undefined && { priority }),
        ...(serializer !== undefined && { serializer }),
      });
      console.log(result.id);
      app.close();
    });
}

function expiry(text: string): Date | number {
  return /^\d{4}-/.test(text) ? time(text) : secondsOrNone(text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
