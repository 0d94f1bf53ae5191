// pyros celery result: what became of a call.
import type { Command } from 'commander';
import { states } from '../../../src/celery/index.js';
import { EXIT_FAILURE, EXIT_OK, errorText } from '../../../src/errors/index.js';
import { jsonLine } from '../../output.js';
import { seconds } from '../common.js';
import { appOf, type CeleryCommandOptions, callId, celerySubcommand } from './common.js';

interface Options extends CeleryCommandOptions {
  wait?: number;
  traceback?: boolean;
  json?: boolean;
}

export function resultCommand(): Command {
  return celerySubcommand('result')
    .description('Print the state and result of a call. Exit code 1 unless it has succeeded.')
    .argument('<id>', 'id of the call', callId)
    .option('--wait <seconds>', 'wait until it has ended', seconds)
    .option('--traceback', 'print where it failed')
    .option('--json', 'print all as one line of JSON')
    .action(async (id: string, options: Options) => {
      const app = appOf(options);
      const result = app.AsyncResult(id);
      if (options.wait !== undefined)
        await result
          .get({ timeout: options.wait, propagate: false })
          .catch((error) => console.error(`pyros: ${errorText(error)}`));
      const [state, info, traceback] = [await result.state(), await result.info(), await result.traceback()];
      const shown = info instanceof Error ? `${info.name}: ${info.message}` : info;
      if (options.json) console.log(jsonLine({ id, state, result: shown, traceback }));
      else console.log(`${state}${shown === null || shown === undefined ? '' : ` ${jsonLine(shown)}`}`);
      if (options.traceback && traceback) console.log(traceback);
      process.exitCode = state === states.SUCCESS ? EXIT_OK : EXIT_FAILURE;
      app.close();
    });
}
