// pyros celery control: commands to workers.
import { Argument, type Command } from 'commander';
import type { Celery } from '../../../src/celery/index.js';
import { type AskOptions, appOf, askingCommand, askOptions } from './common.js';
import { CONTROL_COMMANDS, CONTROL_HELP, controlArguments } from './control-words.js';
import { print } from './inspect.js';

interface ControlOptions extends AskOptions {
  terminate?: boolean;
  signal?: string;
}

export function controlCommand(): Command {
  return askingCommand('control')
    .description('Tell workers what to do. Exit code 1 when none answers, or one refuses.')
    .addArgument(new Argument('<command>', 'what to do').choices(CONTROL_COMMANDS))
    .argument('[words...]', 'what it applies to')
    .option('--terminate', 'with revoke: end the task also when it runs')
    .option('--signal <name>', 'with --terminate: what the task gets first', 'SIGTERM')
    .addHelpText('after', `\nCommands:\n${CONTROL_HELP}`)
    .action(async (command: string, words: string[], options: ControlOptions) => {
      const isRevoke = command === 'revoke' || command === 'terminate';
      const args = controlArguments(command, words, command === 'revoke' ? { signal: options.signal } : {});
      const app = appOf(options);
      if (isRevoke) await revoke(app, args, command === 'terminate' || (options.terminate ?? false));
      else print(await app.control.broadcast(command, args, askOptions(options)), options);
      app.close();
    });
}

/** Told to the broker, which keeps it: it holds also when no worker is up. */
async function revoke(app: Celery, args: Record<string, unknown>, terminate: boolean): Promise<void> {
  const ids = args['task_id'] as string[];
  await app.control.revoke(ids, { terminate, signal: args['signal'] as string });
  for (const id of ids) console.log(`${id}: revoked`);
}
