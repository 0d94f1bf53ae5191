// How a run ends, as its child tells it: with a result, an error, or another attempt, and with what follows from that.
import { errorText } from '../../errors/index.js';
import type { Celery } from '../app.js';
import type { Outgoing, ResultRecord } from '../broker/broker.js';
import { packOutgoing, packPart, packResult } from '../broker/embedded/packing.js';
import { outcomeBytes } from '../broker/embedded/report-batch.js';
import { afterFailure, afterSuccess, chordPart, type Sequel } from '../canvas/follow.js';
import { Ignore, NotRegistered, Reject, Retry } from '../errors.js';
import type { TaskBody, TaskMessage } from '../message.js';
import { checkSize, fits } from '../message-size.js';
import { cut, encodeResult, exceptionData, failureRecord, inFewWords } from '../outcome.js';
import { ContentDisallowed, DecodeError } from '../serialization/index.js';
import { FAILURE, RETRY, SUCCESS } from '../states.js';
import { Task, type TaskRequest } from '../task.js';
import type { RunEnd } from './child-messages.js';
import { nextAttempt } from './next-attempt.js';

/** What a state takes besides its body. */
const RESULT_BYTES = 80;

/** What is particular about an end. */
export type PartialEnd = Partial<RunEnd> & { status: string };

/** A run, with the message of its call. */
export interface RunOfTask {
  task: Task;
  request: TaskRequest;
  message: TaskMessage;
  body: TaskBody;
  ignoreResult: boolean;
}

export class RunEnds {
  constructor(private readonly app: Celery) {}

  /** Its message cannot be read, or nobody has registered its task. */
  unreadable(message: TaskMessage, error: unknown): PartialEnd {
    const isUnreadable = error instanceof ContentDisallowed || error instanceof DecodeError;
    const record = failureRecord(message.headers.id, error, this.app.conf.resultSerializer);
    return {
      status: FAILURE,
      result: packResult(record),
      ...this.#afterFailure(message, record),
      deadLetter: isUnreadable || error instanceof NotRegistered ? errorText(error) : null,
      text: errorText(error),
    };
  }

  /** @throws CeleryError, SerializationError when the result cannot be told, which is the task's failure */
  async succeeded(run: RunOfTask, value: unknown): Promise<PartialEnd> {
    const { app } = this;
    const { task, request, message, ignoreResult } = run;
    const [, , embed] = run.body;
    const { id, args, kwargs } = request;
    const { followers, children } = afterSuccess(app, request, embed, value);
    const text = ignoreResult ? '' : shown(value);
    const record =
      ignoreResult && !embed.chord
        ? undefined
        : encodeResult(
            { task_id: id, status: SUCCESS, result: value ?? null, traceback: null, children },
            app.conf.resultSerializer,
          );
    const parts = record ? chordPart(message.headers, embed.chord, record) : [];
    const result = record && !ignoreResult ? packResult(record) : null;
    const end = { result, ...packed({ followers, results: [], parts }) };
    checkSize(app.config, `what task ${task.name}[${id}] returns, with what follows it,`, endBytes(end));
    if (task.onSuccess !== nothing.onSuccess)
      await this.#hook(task, () => task.onSuccess(value, id, args, kwargs));
    return { status: SUCCESS, text, ...end };
  }

  async threw(run: RunOfTask, thrown: unknown): Promise<PartialEnd> {
    const { app } = this;
    const { task, request, message, body, ignoreResult } = run;
    const { id, args, kwargs } = request;
    if (thrown instanceof Ignore) return { status: 'IGNORED', ...this.#nothingComes(message, thrown) };
    if (thrown instanceof Reject)
      return {
        status: 'REJECTED',
        requeue: thrown.requeue,
        deadLetter: thrown.requeue ? null : cut(thrown.message),
        ...(thrown.requeue ? {} : this.#nothingComes(message, thrown)),
      };
    const wanted = thrown instanceof Retry ? thrown : autoRetry(task, request, thrown);
    const [error, attempt] = this.#attemptAfter(wanted, request, message, body);
    if (error instanceof Retry) {
      await this.#hook(task, () => task.onRetry(error.exc, id, args, kwargs));
      const result = ignoreResult
        ? null
        : packResult(failureRecord(id, error.exc ?? error, app.conf.resultSerializer, RETRY));
      return {
        status: RETRY,
        result,
        retry: attempt ? packOutgoing(attempt) : null,
        text: cut(error.message),
      };
    }
    await this.#hook(task, () => task.onFailure(error, id, args, kwargs));
    const record = failureRecord(id, error, app.conf.resultSerializer);
    return {
      status: FAILURE,
      result: ignoreResult ? null : packResult(record),
      ...this.#afterFailure(message, record),
      text: cut(`${exceptionData(error).exc_type}: ${errorText(error)}`),
    };
  }

  /** The next attempt, if there is to be one; one that cannot be sent is the task's failure. */
  #attemptAfter(
    error: unknown,
    { deliveryInfo: { routingKey } }: TaskRequest,
    message: TaskMessage,
    body: TaskBody,
  ): [error: unknown, attempt?: Outgoing] {
    if (!(error instanceof Retry)) return [error];
    try {
      const { app } = this;
      const attempt = nextAttempt(app, error, message, body, routingKey);
      checkSize(app.config, `the next attempt of ${message.headers.task}`, attempt.message.body.length);
      return [error, attempt];
    } catch (refused) {
      return [refused];
    }
  }

  /** What waited for it fails as it did: in few words when that is so much that it would not fit into a message. */
  #afterFailure(message: TaskMessage, record: ResultRecord): Pick<RunEnd, 'followers' | 'results' | 'parts'> {
    const { app } = this;
    const end = packed(afterFailure(app, message, record));
    if (fits(app.config, endBytes({ result: packResult(record), ...end }))) return end;
    const brief = inFewWords(record, app.acceptContent, app.conf.resultSerializer);
    return packed(afterFailure(app, message, brief));
  }

  /** A task that ends without a state leaves nothing waiting for it all the same. */
  #nothingComes(message: TaskMessage, reason: Ignore | Reject): Partial<RunEnd> {
    const { id } = message.headers;
    const record = failureRecord(id, reason, this.app.conf.resultSerializer);
    return { ...this.#afterFailure(message, record), followers: null };
  }

  /** A hook that throws changes nothing about how the task ended. */
  async #hook(task: Task, call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      process.stderr.write(`task ${task.name}: a handler threw: ${errorText(error)}\n`);
    }
  }
}

function packed({ followers, results, parts }: Sequel): Pick<RunEnd, 'followers' | 'results' | 'parts'> {
  return {
    followers: filled(followers.map(packOutgoing)),
    results: filled(results.map(packResult)),
    parts: filled(parts.map(packPart)),
  };
}

/** What an end takes, but for a little. */
function endBytes(end: Pick<RunEnd, 'result' | 'followers' | 'results' | 'parts'>): number {
  const { result, followers, results, parts } = end;
  const own = (results?.length ?? 0) * RESULT_BYTES;
  return own + outcomeBytes([0, '', result, null, followers, null, results, parts]);
}

/** The hooks that a task has not overridden. */
const nothing = { onSuccess: Task.prototype.onSuccess };

/** An error after which the task is tried again by itself becomes a Retry. */
function autoRetry(task: Task, request: TaskRequest, error: unknown): unknown {
  if (!task.isAutoretried(error)) return error;
  try {
    task.retry({ exc: error, countdown: task.retryDelay(request.retries) });
  } catch (retry) {
    return retry;
  }
  return error;
}

/** Nothing, when there is nothing. */
function filled<T>(list: T[]): T[] | null {
  return list.length > 0 ? list : null;
}

const SHOWN = 120;

function shown(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value ?? 'None');
  if (typeof value === 'string') return value.slice(0, SHOWN);
  return Array.isArray(value) ? `[${value.length}]` : '{…}';
}
