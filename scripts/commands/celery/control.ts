// pyros celery control: commands to workers.
import { Argument, type Command, InvalidArgumentError } from 'commander';
import type { Celery } from '../../../src/celery/index.js';
import { type AskOptions, appOf, askingCommand, askOptions } from './common.js';
import { print } from './inspect.js';

const COMMANDS = [
  'revoke',
  'terminate',
  'rate_limit',
  'time_limit',
  'add_consumer',
  'cancel_consumer',
  'pool_grow',
  'pool_shrink',
  'shutdown',
];

export function controlCommand(): Command {
  return askingCommand('control')
    .description('Tell workers what to do: revoke ID, terminate SIGNAL ID, rate_limit TASK RATE, and others.')
    .addArgument(new Argument('<command>', 'what to do').choices(COMMANDS))
    .argument('[words...]', 'what it applies to')
    .option('--terminate', 'with revoke: end the task also when it runs')
    .option('--signal <name>', 'with --terminate: what the task gets first', 'SIGTERM')
    .action(async (command: string, words: string[], options: ControlOptions) => {
      const app = appOf(options);
      if (command === 'revoke' || command === 'terminate') await revoke(app, command, words, options);
      else
        print(
          await app.control.broadcast(command, argumentsOf(command, words), askOptions(options)),
          options,
        );
      app.close();
    });
}

interface ControlOptions extends AskOptions {
  terminate?: boolean;
  signal?: string;
}

/** Told to the broker, which keeps it: it holds also when no worker is up. */
async function revoke(app: Celery, command: string, words: string[], options: ControlOptions): Promise<void> {
  const [first = '', ...rest] = words;
  const isTerminate = command === 'terminate';
  const ids = isTerminate ? rest : words;
  if (ids.length === 0)
    throw new InvalidArgumentError(`${command} needs ${isTerminate ? 'a signal and ' : ''}ids of calls`);
  const terminate = isTerminate || (options.terminate ?? false);
  await app.control.revoke(ids, { terminate, signal: isTerminate ? first : (options.signal ?? 'SIGTERM') });
  for (const id of ids) console.log(`${id}: revoked`);
}

function argumentsOf(command: string, words: string[]): Record<string, unknown> {
  const [first = '', second, third] = words;
  const needs = (count: number, what: string) => {
    if (words.length < count) throw new InvalidArgumentError(`${command} needs ${what}`);
  };
  if (command === 'rate_limit') {
    needs(2, 'a task and a rate such as 10/m');
    return { task_name: first, rate_limit: second };
  }
  if (command === 'time_limit') {
    needs(2, 'a task and its soft limit in seconds, and perhaps its hard one');
    return { task_name: first, soft: Number(second), hard: third === undefined ? null : Number(third) };
  }
  if (command === 'add_consumer' || command === 'cancel_consumer') {
    needs(1, 'a queue');
    return { queue: first };
  }
  return command.startsWith('pool_') ? { n: first === '' ? 1 : Number(first) } : {};
}
