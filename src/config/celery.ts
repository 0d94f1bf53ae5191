// The sections [celery], [celery.routes], [celery.workers] and [celery.beat]: Celery's settings, by its old and new names.
import { duration, integer, ipAddress, type Key, key, list, oneOf, optionalKey, text } from './kinds.js';
import type { SectionSchema, Values } from './schema.js';

const YEAR_MS = 366 * 86_400_000;

/** A switch, as Celery's users write it. */
const flag: Key<boolean> = {
  help: '',
  expected: 'true or false',
  read: (value) => ({ true: true, false: false })[value.toLowerCase()],
};

/** `rpc://` or a name of a later backend. */
const rpc = oneOf('rpc://');

/** How bodies are written; a pickle runs code where it is read, elsewhere than here. */
const written = {
  ...oneOf('json', 'msgpack', 'yaml'),
  expected: 'json, msgpack or yaml: pickle is only read, never written',
};

/** Celery writes durations in seconds; `1d` is easier to read. */
const seconds = (minMs: number, maxMs: number) => {
  const kind = duration(minMs, maxMs);
  return {
    expected: `${kind.expected}, or a number of seconds`,
    read: (value: string) => kind.read(/^\d+(\.\d+)?$/.test(value) ? `${value}s` : value),
  };
};

/** Keys of `[celery]`, by their names of today. */
export const CELERY_KEYS = {
  broker: key(oneOf('embedded'), 'What carries the tasks: the agent `task_broker`', 'embedded'),
  imports: key(
    list(text),
    'Modules that hold the tasks, loaded by every worker; relative to the folder of this file, or names of packages; `pyros/observatory/tasks` are those of the observatory',
    'pyros/observatory/tasks',
  ),
  accept_content: key(
    list(oneOf('pickle', 'json', 'msgpack', 'yaml')),
    'Kinds of content that a worker and a caller read; pickle is read as plain data',
    'pickle, json, msgpack, yaml',
  ),
  task_serializer: key(written, 'How arguments are written', 'json'),
  result_serializer: key(written, 'How results are written', 'json'),
  result_backend: key(rpc, 'Where results are kept: with the broker', 'rpc://'),
  result_expires: key(seconds(1000, YEAR_MS), 'How long a result can be read', '1d'),
  task_default_queue: key(text, 'The queue of tasks without a route', 'celery'),
  task_default_priority: key(integer(0, 9), 'Priority of tasks that give none, 9 highest', '0'),
  task_acks_late: key(flag, 'Acknowledge a task when it has ended, not when it starts', 'false'),
  task_reject_on_worker_lost: key(
    flag,
    'With `task_acks_late`: deliver a task again when the process that ran it was lost',
    'true',
  ),
  task_ignore_result: key(flag, 'Keep no results', 'false'),
  task_track_started: key(flag, 'Report the state STARTED', 'false'),
  task_time_limit: optionalKey(seconds(10, YEAR_MS), 'A task that runs longer is ended, with its process'),
  task_soft_time_limit: optionalKey(
    seconds(10, YEAR_MS),
    'After so long SoftTimeLimitExceeded is raised in the task',
  ),
  task_terminate_grace: key(
    seconds(0, 600_000),
    'How long a terminated task that listens to its signal may tidy up before it is killed; also one that is over its soft limit and has no hard one',
    '5s',
  ),
  worker_concurrency: key(integer(1, 1024), 'Tasks that one worker runs at a time', '1'),
  worker_prefetch_multiplier: key(
    integer(0, 10_000),
    'Tasks that a worker holds for each that it may run, the running one included; short tasks are fetched by the bundle whatever this says',
    '1',
  ),
  worker_max_tasks_per_child: optionalKey(integer(1, 1e9), 'A child is replaced after so many tasks'),
  worker_max_memory_per_child: optionalKey(
    integer(1000, 1e9),
    'A child is replaced between tasks when it has grown beyond this many KiB',
  ),
} satisfies SectionSchema;

/** Names that Celery used before version 4, and what they are called today. */
export const OLD_CELERY_NAMES: Readonly<Record<string, keyof typeof CELERY_KEYS>> = {
  BROKER_URL: 'broker',
  CELERY_IMPORTS: 'imports',
  CELERY_ACCEPT_CONTENT: 'accept_content',
  CELERY_TASK_SERIALIZER: 'task_serializer',
  CELERY_RESULT_SERIALIZER: 'result_serializer',
  CELERY_RESULT_BACKEND: 'result_backend',
  CELERY_TASK_RESULT_EXPIRES: 'result_expires',
  CELERY_RESULT_EXPIRES: 'result_expires',
  CELERY_DEFAULT_QUEUE: 'task_default_queue',
  CELERY_TASK_DEFAULT_QUEUE: 'task_default_queue',
  CELERY_ACKS_LATE: 'task_acks_late',
  CELERY_TASK_ACKS_LATE: 'task_acks_late',
  CELERY_REJECT_ON_WORKER_LOST: 'task_reject_on_worker_lost',
  CELERY_TASK_REJECT_ON_WORKER_LOST: 'task_reject_on_worker_lost',
  CELERY_IGNORE_RESULT: 'task_ignore_result',
  CELERY_TRACK_STARTED: 'task_track_started',
  CELERYD_TASK_TIME_LIMIT: 'task_time_limit',
  CELERYD_TASK_SOFT_TIME_LIMIT: 'task_soft_time_limit',
  CELERYD_CONCURRENCY: 'worker_concurrency',
  CELERYD_PREFETCH_MULTIPLIER: 'worker_prefetch_multiplier',
  CELERYD_MAX_TASKS_PER_CHILD: 'worker_max_tasks_per_child',
  CELERYD_MAX_MEMORY_PER_CHILD: 'worker_max_memory_per_child',
};

/** A worker that `pyros start` starts: its options as on the command line of `pyros celery worker`. */
export interface CeleryWorkerEntry {
  readonly name: string;
  /** Host on which it runs; `undefined`: the one of `task_broker`. */
  readonly ip: string | undefined;
  readonly options: readonly string[];
}

/** Reads `@10.0.0.2 -Q execute_sequence_q -c 1`; the address may be left out. */
export function readWorker(name: string, text: string): CeleryWorkerEntry | undefined {
  const words = text.trim().split(/\s+/);
  const [first = ''] = words;
  const ip = first.startsWith('@') ? first.slice(1) : undefined;
  const options = ip === undefined ? words : words.slice(1);
  if (!options[0]?.startsWith('-') || (ip !== undefined && ipAddress.read(ip) === undefined))
    return undefined;
  return { name, ip, options };
}

/** A task name or pattern (`observation.tasks.*`) and the queue of such tasks. */
export interface CeleryRoute {
  readonly pattern: string;
  readonly queue: string;
}

/** Celery's settings. */
export interface CelerySettings extends Values<typeof CELERY_KEYS> {
  readonly routes: readonly CeleryRoute[];
  readonly workers: readonly CeleryWorkerEntry[];
  /** Entries of `[celery.beat]` as they stand in the file. */
  readonly beat: ReadonlyMap<string, string>;
}

/** The sections of Celery. */
export const CELERY_SECTIONS: readonly string[] = [
  'celery',
  'celery.routes',
  'celery.workers',
  'celery.beat',
];

/** Whether a name can be a queue's. */
export function isQueueName(name: string): boolean {
  return /^[\w.@:-]{1,255}$/.test(name);
}

/** Whether a text can name a task, or several by `*`. */
export function isTaskPattern(name: string): boolean {
  return /^[\w.*?-]{1,255}$/.test(name);
}

/** The name of today for a key as it stands in the file: `CELERY_ACKS_LATE` is `task_acks_late`. */
export function celeryKey(key: string): string {
  const old = Object.hasOwn(OLD_CELERY_NAMES, key) ? OLD_CELERY_NAMES[key] : undefined;
  if (old) return old;
  const isUpper = key === key.toUpperCase();
  return isUpper && Object.hasOwn(CELERY_KEYS, key.toLowerCase()) ? key.toLowerCase() : key;
}
