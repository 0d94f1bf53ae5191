// Runs one task in a child: reads its message, calls `run`, and says how it ended.
import { errorText } from '../../errors/index.js';
import type { Celery } from '../app.js';
import type { Outgoing, ResultRecord } from '../broker/broker.js';
import { packOutgoing, packPart, packResult, unpackMessage } from '../broker/embedded/packing.js';
import { outcomeBytes } from '../broker/embedded/report-batch.js';
import { afterFailure, afterSuccess, chordPart } from '../canvas/follow.js';
import { Ignore, NotRegistered, Reject, Retry } from '../errors.js';
import type { Embed, TaskBody, TaskMessage } from '../message.js';
import { checkSize } from '../message-size.js';
import { encodeResult, exceptionData, failureRecord } from '../outcome.js';
import { ContentDisallowed, DecodeError } from '../serialization/index.js';
import { readBody } from '../serialization/task-body.js';
import { FAILURE, RETRY, STARTED, SUCCESS } from '../states.js';
import { Task, type TaskRequest } from '../task.js';
import type { RunEnd, RunOrder } from './child-messages.js';
import { nextAttempt } from './next-attempt.js';
import { goesOn, untilSoftLimit } from './soft-limit.js';

/** What the executor needs of its child. */
export interface ExecutorOwner {
  readonly app: Celery;
  readonly node: string;
  state(record: ResultRecord): void;
}

/** The run that is under way. */
export interface Run {
  readonly id: string;
  readonly controller: AbortController;
}

/** Runs tasks, one at a time. */
export class Executor {
  /** The run that is under way. */
  run: Run | undefined;

  constructor(private readonly owner: ExecutorOwner) {}

  async execute(order: RunOrder): Promise<RunEnd> {
    const begun = performance.now();
    const message = unpackMessage(order.packed);
    const { id, task: name } = message.headers;
    const controller = new AbortController();
    this.run = { id, controller };
    const end = await this.#outcome(order, message, controller);
    this.run = undefined;
    this.owner.app.currentRequest = undefined;
    return {
      n: order.n,
      id,
      name,
      result: null,
      retry: null,
      followers: null,
      results: null,
      parts: null,
      deadLetter: null,
      requeue: false,
      goesOn: goesOn(controller),
      text: '',
      ...end,
      runtimeMs: performance.now() - begun,
    };
  }

  async #outcome(order: RunOrder, message: TaskMessage, controller: AbortController): Promise<PartialEnd> {
    const { app } = this.owner;
    const { id, task: name } = message.headers;
    let body: TaskBody;
    let task: Task;
    try {
      body = readBody(message, app.acceptContent);
      task = app.task(name);
    } catch (error) {
      const isUnreadable = error instanceof ContentDisallowed || error instanceof DecodeError;
      const record = failureRecord(id, error, app.conf.resultSerializer);
      return {
        status: FAILURE,
        result: packResult(record),
        ...this.#afterFailure(message, record),
        deadLetter: isUnreadable || error instanceof NotRegistered ? errorText(error) : null,
        text: errorText(error),
      };
    }
    const [args, kwargs, embed] = body;
    const request = this.#request(order, message, args, kwargs, controller.signal);
    const { ignoreResult } = this.#wishes(task, message);
    if (task.trackStarted ?? app.conf.taskTrackStarted) this.#tellStarted(id);
    task.enter({ request, updateState: (state, meta, taskId) => this.#updateState(state, meta, taskId) });
    app.currentRequest = request;
    try {
      const value = await this.#call(task, args, kwargs, order, controller);
      return await this.#succeeded(task, request, message, value, embed, ignoreResult);
    } catch (error) {
      return await this.#threw(task, request, message, error, body, ignoreResult);
    } finally {
      task.enter(undefined);
    }
  }

  #wishes(task: Task, { headers }: TaskMessage) {
    return {
      ignoreResult: headers.ignore_result || (task.ignoreResult ?? this.owner.app.conf.taskIgnoreResult),
    };
  }

  #call(
    task: Task,
    args: unknown[],
    kwargs: Record<string, unknown>,
    { softMs, tidyMs }: RunOrder,
    controller: AbortController,
  ): unknown {
    const run = async () => task.run(...args, ...(Object.keys(kwargs).length > 0 ? [kwargs] : []));
    return softMs > 0 ? untilSoftLimit(run, softMs, tidyMs, controller) : run();
  }

  async #succeeded(
    task: Task,
    request: TaskRequest,
    message: TaskMessage,
    value: unknown,
    embed: Embed,
    ignoreResult: boolean,
  ): Promise<PartialEnd> {
    const { app } = this.owner;
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
    const end = {
      result: record && !ignoreResult ? packResult(record) : null,
      followers: filled(followers.map(packOutgoing)),
      parts: filled(parts.map(packPart)),
    };
    checkSize(app.config, `what task ${task.name}[${id}] returns, with what follows it,`, endBytes(end));
    if (task.onSuccess !== nothing.onSuccess)
      await this.#hook(task, () => task.onSuccess(value, id, args, kwargs));
    return { status: SUCCESS, text, ...end };
  }

  async #threw(
    task: Task,
    request: TaskRequest,
    message: TaskMessage,
    thrown: unknown,
    body: TaskBody,
    ignoreResult: boolean,
  ): Promise<PartialEnd> {
    const { app } = this.owner;
    const { id, args, kwargs } = request;
    if (thrown instanceof Ignore) return { status: 'IGNORED', ...this.#nothingComes(message, thrown) };
    if (thrown instanceof Reject)
      return {
        status: 'REJECTED',
        requeue: thrown.requeue,
        deadLetter: thrown.requeue ? null : thrown.message,
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
        text: error.message,
      };
    }
    await this.#hook(task, () => task.onFailure(error, id, args, kwargs));
    const record = failureRecord(id, error, app.conf.resultSerializer);
    return {
      status: FAILURE,
      result: ignoreResult ? null : packResult(record),
      ...this.#afterFailure(message, record),
      text: `${exceptionData(error).exc_type}: ${errorText(error)}`,
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
      const { app } = this.owner;
      const attempt = nextAttempt(app, error, message, body, routingKey);
      checkSize(app.config, `the next attempt of ${message.headers.task}`, attempt.message.body.length);
      return [error, attempt];
    } catch (refused) {
      return [refused];
    }
  }

  #afterFailure(message: TaskMessage, record: ResultRecord): Partial<RunEnd> {
    const { followers, results, parts } = afterFailure(this.owner.app, message, record);
    return {
      followers: filled(followers.map(packOutgoing)),
      results: filled(results.map(packResult)),
      parts: filled(parts.map(packPart)),
    };
  }

  /** A task that ends without a state leaves nothing waiting for it all the same. */
  #nothingComes(message: TaskMessage, reason: Ignore | Reject): Partial<RunEnd> {
    const { id } = message.headers;
    const record = failureRecord(id, reason, this.owner.app.conf.resultSerializer);
    return { ...this.#afterFailure(message, record), followers: null };
  }

  #request(
    order: RunOrder,
    { headers, properties }: TaskMessage,
    args: unknown[],
    kwargs: Record<string, unknown>,
    signal: AbortSignal,
  ): TaskRequest {
    return {
      id: headers.id,
      task: headers.task,
      args,
      kwargs,
      retries: headers.retries ?? 0,
      eta: headers.eta ?? null,
      expires: headers.expires ?? null,
      rootId: headers.root_id ?? headers.id,
      parentId: headers.parent_id ?? null,
      group: headers.group ?? null,
      groupIndex: headers.group_index ?? null,
      hostname: this.owner.node,
      deliveryInfo: {
        exchange: '',
        routingKey: order.queue,
        priority: order.priority,
        redelivered: order.redelivered,
      },
      headers,
      timelimit: headers.timelimit ?? [null, null],
      replyTo: properties.reply_to ?? '',
      correlationId: properties.correlation_id ?? headers.id,
      signal,
      calledDirectly: false,
    };
  }

  #tellStarted(id: string): void {
    this.#updateState(STARTED, { pid: process.pid, hostname: this.owner.node }, id);
  }

  #updateState(status: string, meta: unknown, id: string): void {
    const { app } = this.owner;
    const body = { task_id: id, status, result: meta ?? null, traceback: null, children: [] };
    const record = encodeResult(body, app.conf.resultSerializer);
    checkSize(app.config, `the state ${status} of task ${id}`, record.body.length);
    this.owner.state(record);
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

/** What an end takes, but for a little. */
function endBytes({ result, followers, parts }: Pick<RunEnd, 'result' | 'followers' | 'parts'>): number {
  return outcomeBytes([0, '', result, null, followers, null, null, parts]);
}

type PartialEnd = Partial<RunEnd> & { status: string };

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
