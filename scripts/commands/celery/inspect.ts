// pyros celery inspect and status: questions to workers.
import { Argument, type Command } from 'commander';
import type { ControlReplies } from '../../../src/celery/index.js';
import { EXIT_FAILURE, EXIT_OK } from '../../../src/errors/index.js';
import { jsonLine, printJson } from '../../output.js';
import { type AskOptions, appOf, askingCommand, askOptions } from './common.js';

const QUESTIONS = [
  'ping',
  'active',
  'reserved',
  'scheduled',
  'registered',
  'stats',
  'active_queues',
  'revoked',
  'report',
  'conf',
  'clock',
  'query_task',
];

export function inspectCommand(): Command {
  return askingCommand('inspect')
    .description(
      'Ask workers a question, and print what each answers. Exit code 1 when none does, or one refuses.',
    )
    .addArgument(new Argument('<question>', 'what to ask').choices(QUESTIONS))
    .argument('[ids...]', 'ids of calls, for query_task')
    .action(async (question: string, ids: string[], options: AskOptions) => {
      const app = appOf(options);
      const replies = await app.control.inspect(
        question,
        question === 'query_task' ? { ids } : {},
        askOptions(options),
      );
      print(replies, options);
      app.close();
    });
}

export function statusCommand(): Command {
  return askingCommand('status')
    .description('Show the workers that are there. Exit code 1 when there is none.')
    .action(async (options: AskOptions) => {
      const app = appOf(options);
      const replies = await app.control.ping(askOptions(options));
      if (options.json) console.log(jsonLine(Object.fromEntries(replies)));
      else {
        for (const node of [...replies.keys()].sort()) console.log(`${node}: OK`);
        console.log(`\n${replies.size} ${replies.size === 1 ? 'node' : 'nodes'} online.`);
      }
      process.exitCode = replies.size > 0 ? EXIT_OK : EXIT_FAILURE;
      app.close();
    });
}

/** One block for each worker. Exit code 1 when there is none, or one has refused. */
export function print(replies: ControlReplies, { json }: AskOptions): void {
  const isFine = replies.size > 0 && ![...replies.values()].some(isRefusal);
  process.exitCode = isFine ? EXIT_OK : EXIT_FAILURE;
  if (json) console.log(jsonLine(Object.fromEntries(replies)));
  else if (replies.size === 0) console.error('pyros: no worker has answered');
  else {
    for (const [node, answer] of [...replies].sort()) {
      console.log(`-> ${node}:`);
      printJson(answer);
    }
  }
}

function isRefusal(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'error' in answer;
}
