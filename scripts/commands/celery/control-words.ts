// The words of `pyros celery control` as the arguments of a command, checked as workers check them.
import { controlMistake } from '../../../src/celery/index.js';
import { CommandFailure } from '../../errors.js';

/** How a command is typed, and what its words are. */
interface Form {
  words: string;
  least: number;
  most: number;
  read(words: readonly string[]): Record<string, unknown>;
}

const NOTHING: Form = { words: '', least: 0, most: 0, read: () => ({}) };
const QUEUE: Form = { words: 'QUEUE', least: 1, most: 1, read: ([queue]) => ({ queue }) };
const SIZE: Form = { words: '[N]', least: 0, most: 1, read: ([n = '1']) => ({ n: numberOf(n) }) };

const FORMS: Readonly<Record<string, Form>> = {
  revoke: {
    words: 'ID...',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    read: (ids) => ({ task_id: ids }),
  },
  terminate: {
    words: 'SIGNAL ID...',
    least: 2,
    most: Number.POSITIVE_INFINITY,
    read: ([signal, ...ids]) => ({ signal, task_id: ids }),
  },
  rate_limit: {
    words: 'TASK RATE',
    least: 2,
    most: 2,
    read: ([task, rate]) => ({ task_name: task, rate_limit: rate }),
  },
  time_limit: {
    words: 'TASK SOFT [HARD]',
    least: 2,
    most: 3,
    read: ([task, soft = '', hard]) => ({
      task_name: task,
      soft: numberOf(soft),
      hard: hard === undefined ? null : numberOf(hard),
    }),
  },
  add_consumer: QUEUE,
  cancel_consumer: QUEUE,
  pool_grow: SIZE,
  pool_shrink: SIZE,
  enable_events: NOTHING,
  disable_events: NOTHING,
  heartbeat: NOTHING,
  shutdown: NOTHING,
};

/** Names of the commands. */
export const CONTROL_COMMANDS = Object.keys(FORMS);

/** For the help: each command with its words. */
export const CONTROL_HELP = Object.entries(FORMS)
  .map(([command, { words }]) => `  ${command} ${words}`.trimEnd())
  .join('\n');

/** @throws CommandFailure `USAGE` */
export function controlArguments(
  command: string,
  words: readonly string[],
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const form = FORMS[command] ?? NOTHING;
  if (words.length < form.least || words.length > form.most)
    throw new CommandFailure(
      'USAGE',
      `expected: pyros celery control ${`${command} ${form.words}`.trimEnd()}`,
    );
  const args = { ...form.read(words), ...more };
  const mistake = controlMistake(command, args);
  if (mistake !== undefined) throw new CommandFailure('USAGE', `${command}: ${mistake}`);
  return args;
}

/** What is no number stays as it was typed, for the message. */
function numberOf(text: string): unknown {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}
