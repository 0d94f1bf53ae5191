// The messages between the agent task_broker, the workers and the callers.
import {
  array,
  boolean,
  check,
  custom,
  type InferOutput,
  maxLength,
  nullable,
  number,
  object,
  optional,
  picklist,
  pipe,
  record,
  string,
  tuple,
  unknown,
} from 'valibot';
import { defineMessage } from '../../../mesh/index.js';
import { signalOf } from '../../call-options.js';

/** Longest id, name or text in these messages. */
const NAME = pipe(string(), maxLength(255));
const BYTES = custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes');
/** As `checkSignal` writes it. */
const SIGNAL = pipe(
  string(),
  check((name) => signalOf(name) === name, 'expected a signal such as SIGTERM'),
);
const TAGS = array(number());

/** A task: id, queue, priority, eta and expiry in ms (0 for none), whether no result is wanted, its message packed. */
const PACKED_TASK = tuple([NAME, NAME, number(), number(), number(), boolean(), BYTES]);
export type PackedTask = InferOutput<typeof PACKED_TASK>;

/** A state: task id, status, content type and body. */
const PACKED_RESULT = tuple([NAME, NAME, NAME, BYTES]);
export type PackedResult = InferOutput<typeof PACKED_RESULT>;

/** Of a chord's header: group, place, size, root id, body packed, and how the task has ended. */
const PACKED_PART = tuple([NAME, number(), number(), NAME, BYTES, PACKED_RESULT]);
export type PackedPart = InferOutput<typeof PACKED_PART>;

/** Tag, id, result, next attempt, what follows, reason for which it is set aside, states of others, parts of chords. */
const PACKED_OUTCOME = tuple([
  number(),
  NAME,
  nullable(PACKED_RESULT),
  nullable(PACKED_TASK),
  nullable(array(PACKED_TASK)),
  nullable(string()),
  nullable(array(PACKED_RESULT)),
  nullable(array(PACKED_PART)),
]);
export type PackedOutcome = InferOutput<typeof PACKED_OUTCOME>;

/** A delivery: tag, id, queue, priority, whether it was delivered before, its message packed. */
export type PackedDelivery = [number, string, string, number, boolean, Uint8Array];

const CONTROL = object({
  method: NAME,
  arguments: record(string(), unknown()),
  destination: optional(array(NAME)),
  pattern: optional(NAME),
  matcher: optional(picklist(['glob', 'pcre'])),
  timeoutMs: number(),
});

/** What goes to a worker, as PROGRESS of its `Celery attend`. */
export interface WorkerNews {
  tasks?: PackedDelivery[];
  lost?: number[];
  revoke?: { ids: string[]; terminate: boolean; signal: string };
  control?: { ticket: number; method: string; arguments: Record<string, unknown> };
  events?: boolean;
  attended?: true;
}

/** What goes to a caller, as PROGRESS of its `Celery listen`. */
export interface CallerNews {
  results?: PackedResult[];
  /** More states came than the caller read: it must ask for those it waits for. */
  missed?: true;
  listening?: true;
}

export const PUBLISH = defineMessage(
  'Celery publish',
  'Tasks for queues; answered when they are on disk',
  object({ client: NAME, again: boolean(), tasks: array(PACKED_TASK) }),
);
export const ATTEND = defineMessage(
  'Celery attend',
  'A worker takes tasks from queues, for as long as this is not answered',
  object({
    session: NAME,
    node: NAME,
    pid: number(),
    startTime: string(),
    host: NAME,
    queues: array(NAME),
    window: number(),
    /** What it holds from before: tag, id, whether it has begun. */
    held: array(tuple([number(), NAME, boolean()])),
  }),
);
export const REPORT = defineMessage(
  'Celery report',
  'What has become of the tasks of a worker',
  object({
    session: NAME,
    window: number(),
    queues: optional(array(NAME)),
    begun: optional(TAGS),
    ended: optional(array(PACKED_OUTCOME)),
    returned: optional(TAGS),
    /** Those that had begun, and are to be delivered again. */
    again: optional(TAGS),
    /** Those whose task's rate is used up: tag, and ms after which they are to be delivered again. */
    later: optional(array(tuple([number(), number()]))),
    states: optional(array(PACKED_RESULT)),
    events: optional(array(record(string(), unknown()))),
    leave: optional(boolean()),
  }),
);
export const LISTEN = defineMessage(
  'Celery listen',
  'The states of tasks that a caller waits for, for as long as this is not answered',
  object({ client: NAME, ids: array(NAME) }),
);
export const WATCH = defineMessage(
  'Celery watch',
  'A caller that listens waits for these tasks too; seen counts what it has read',
  object({ client: NAME, ids: array(NAME), seen: number(), seenBytes: number() }),
);
export const RESULT = defineMessage('Celery result', 'The state of a task', object({ id: NAME }));
export const FORGET = defineMessage(
  'Celery forget',
  'Drop the results of tasks',
  object({ ids: array(NAME) }),
);
export const SAVE = defineMessage(
  'Celery save',
  "A state that is no task's, such as the ids of a group",
  object({ result: PACKED_RESULT }),
);
export const REVOKE = defineMessage(
  'Celery revoke',
  'Tasks that must not start, and with terminate not go on',
  object({ ids: array(NAME), terminate: boolean(), signal: SIGNAL }),
);
export const SCHEDULED = defineMessage(
  'Celery scheduled',
  'Tasks of queues that wait for their time, the next first: eta in ms and message, packed',
  object({ queues: array(NAME), limit: number() }),
);
export const REVOKED_IDS = defineMessage('Celery revoked', 'The ids that were revoked');
export const CONTROL_WORKERS = defineMessage('Celery control', 'A command to workers', CONTROL);
export const CONTROL_ANSWER = defineMessage(
  'Celery control answer',
  "A worker's answer to a command",
  object({ ticket: number(), node: NAME, answer: unknown() }),
);
export const EVENTS = defineMessage('Celery events', 'The events of workers, until the sender goes');
export const QUEUES = defineMessage('Celery queues', 'Each queue: what waits there and who takes it');
export const PURGE = defineMessage('Celery purge', 'Drop what waits in a queue', object({ queue: NAME }));
export const DEAD_LETTERS = defineMessage('Celery dead letters', 'Messages that were set aside, and why');
