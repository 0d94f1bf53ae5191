// Errors of Celery: those that a call meets, and those that stand for the end of a task, by Celery's names.
import { PyrosError } from '../errors/index.js';

/** Codes of a {@link CeleryError}. */
export type CeleryErrorCode =
  | 'CELERY_NOT_CONFIGURED'
  | 'CELERY_TIMEOUT'
  | 'INVALID_TASK'
  | 'TASK_NOT_REGISTERED'
  | 'TASK_ALREADY_REGISTERED'
  | 'IMPORT_FAILED'
  | 'BROKER_FULL'
  | 'QUEUE_FULL'
  | 'MESSAGE_TOO_LARGE'
  | 'WORKER_UNKNOWN'
  | 'TASK_REVOKED'
  | 'WORKER_LOST'
  | 'SOFT_TIME_LIMIT_EXCEEDED'
  | 'TIME_LIMIT_EXCEEDED'
  | 'MAX_RETRIES_EXCEEDED'
  | 'TASK_RETRY'
  | 'TASK_IGNORED'
  | 'TASK_REJECTED'
  | 'CHORD_FAILED'
  | 'GROUP_UNKNOWN'
  | 'TASK_FAILED';

/** A call that could not be made, or a task that ended without a result. */
export class CeleryError extends PyrosError {
  declare readonly code: CeleryErrorCode;

  constructor(code: CeleryErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}

/** `get` waited as long as it was told to. */
export class TimeoutError extends CeleryError {
  constructor(message: string) {
    super('CELERY_TIMEOUT', message);
  }
}

/** The task was revoked, is expired, or was terminated. */
export class TaskRevokedError extends CeleryError {
  constructor(message: string) {
    super('TASK_REVOKED', message);
  }
}

/** The process that ran the task has gone. */
export class WorkerLostError extends CeleryError {
  constructor(message: string) {
    super('WORKER_LOST', message);
  }
}

/** No class is registered under the task's name. */
export class NotRegistered extends CeleryError {
  constructor(message: string) {
    super('TASK_NOT_REGISTERED', message);
  }
}

/** Raised in a task that has run longer than its soft time limit. */
export class SoftTimeLimitExceeded extends CeleryError {
  constructor(message = 'SoftTimeLimitExceeded()') {
    super('SOFT_TIME_LIMIT_EXCEEDED', message);
  }
}

/** The task ran longer than its time limit, and its process was ended. */
export class TimeLimitExceeded extends CeleryError {
  constructor(message: string) {
    super('TIME_LIMIT_EXCEEDED', message);
  }
}

/** A task was to be tried again more often than it may. */
export class MaxRetriesExceededError extends CeleryError {
  constructor(message: string) {
    super('MAX_RETRIES_EXCEEDED', message);
  }
}

/** A call, a state or a result does not fit into a message. */
export class MessageTooLarge extends CeleryError {
  constructor(message: string) {
    super('MESSAGE_TOO_LARGE', message);
  }
}

/** A call of a chord's header has failed, so that the body does not run. */
export class ChordError extends CeleryError {
  constructor(message: string) {
    super('CHORD_FAILED', message);
  }
}

/** Thrown by `Task.retry`: the task ends here and runs again later. */
export class Retry extends CeleryError {
  constructor(
    message: string,
    /** When, in ms UTC. */
    readonly whenMs: number,
    readonly exc: unknown,
    /** What differs from the call that is repeated. */
    readonly overrides: {
      args?: unknown[];
      kwargs?: Record<string, unknown>;
      queue?: string;
      priority?: number;
    },
  ) {
    super('TASK_RETRY', message, exc);
  }
}

/** Thrown in a task: its state and result are left as they are. */
export class Ignore extends CeleryError {
  constructor(message = 'ignored') {
    super('TASK_IGNORED', message);
  }
}

/** Thrown in a task with late acknowledgement: the message is set aside, or goes back to its queue. */
export class Reject extends CeleryError {
  constructor(
    message = 'rejected',
    readonly requeue = false,
  ) {
    super('TASK_REJECTED', message);
  }
}

/** An error of a task that this process does not know by class: its name and arguments as they came. */
export class RemoteError extends CeleryError {
  constructor(
    readonly excType: string,
    readonly excMessage: readonly unknown[],
    readonly excModule: string,
  ) {
    super('TASK_FAILED', excMessage.length > 0 ? excMessage.map(String).join(', ') : excType);
    this.name = excType;
  }
}
