// What the commands of `pyros celery` share.
import { type Command, InvalidArgumentError } from 'commander';
import { Celery, dateFromIso, isTaskId, isTaskName } from '../../../src/celery/index.js';
import { isQueueName } from '../../../src/config/index.js';
import { errorText } from '../../../src/errors/index.js';
import { configOf, configuredCommand, secondsOrNone } from '../common.js';

export interface CeleryCommandOptions {
  config?: string;
  app?: string;
}

/** A command of `pyros celery`. */
export function celerySubcommand(name: string): Command {
  return configuredCommand(name).option('-A, --app <name>', 'the application', application, 'pyros');
}

/** The application that a command's options choose. @throws CeleryError `CELERY_NOT_CONFIGURED` */
export function appOf(options: CeleryCommandOptions): Celery {
  return new Celery('pyros', { config: configOf(options) });
}

/** Options of commands that ask workers. */
export interface AskOptions extends CeleryCommandOptions {
  destination?: string[];
  timeout?: number;
  json?: boolean;
}

/** Adds them. */
export function askingCommand(name: string): Command {
  return celerySubcommand(name)
    .option('-d, --destination <nodes>', 'only these workers, separated by commas', names)
    .option('-t, --timeout <seconds>', 'how long to wait for answers (default: 1)', secondsOrNone)
    .option('-j, --json', 'print the answers as JSON on one line');
}

/** What of them the application is told. */
export function askOptions({ destination, timeout }: AskOptions) {
  return { ...(destination && { destination }), ...(timeout !== undefined && { timeout }) };
}

/** Parses the name of a queue. */
export function queueName(text: string): string {
  if (isQueueName(text)) return text;
  throw new InvalidArgumentError(`"${text}" is no name of a queue: letters, digits, _ . @ : -`);
}

/** Parses names of queues separated by commas. */
export function queueNames(text: string): string[] {
  const queues = names(text);
  return (queues.length > 0 ? queues : [text]).map(queueName);
}

/** Parses the name of a task. */
export function taskName(text: string): string {
  if (isTaskName(text)) return text;
  throw new InvalidArgumentError('expected the name of a task such as app.module.task');
}

/** Parses the id of a call. */
export function callId(text: string): string {
  if (isTaskId(text)) return text;
  throw new InvalidArgumentError('expected the id of a call, of at most 255 characters');
}

/** Parses a time such as `2026-11-24T03:00:00Z`. */
export function time(text: string): Date {
  const date = dateFromIso(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text);
  if (date && date.getTime() >= 0) return date;
  throw new InvalidArgumentError(
    'expected a time such as 2026-11-24T03:00:00Z, in UTC unless it says otherwise',
  );
}

/** Names separated by commas. */
export function names(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

/** Parses JSON of one kind. */
export function jsonOf<T>(what: string, isRight: (value: unknown) => value is T): (text: string) => T {
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`it is no JSON: ${errorText(error)}`);
    }
    if (!isRight(value)) throw new InvalidArgumentError(`expected ${what}`);
    return value;
  };
}

/** The application is pyros, as it is also chosen before the command: `pyros celery -A pyros status`. */
export function application(name: string): string {
  if (name === 'pyros') return name;
  throw new InvalidArgumentError(
    'there is one application, pyros; [celery] imports names the modules of its tasks',
  );
}
