// Runs one task in a child: reads its message, calls `run`, and says how it ended.
import { errorText } from '../../errors/index.js';
import type { Celery } from '../app.js';
import type { ResultRecord } from '../broker/broker.js';
import { packOutgoing, packResult, unpackMessage } from '../broker/embedded/packing.js';
import { Ignore, NotRegistered, Reject, Retry, SoftTimeLimitExceeded } from '../errors.js';
import type { Embed, SignatureData, TaskBody, TaskMessage } from '../message.js';
import { encodeResult, exceptionData, failureRecord } from '../outcome.js';
import { ContentDisallowed, DecodeError, decodeBody } from '../serialization/index.js';
import { FAILURE, RETRY, STARTED, SUCCESS } from '../states.js';
import { Task, type TaskRequest } from '../task.js';
import type { RunEnd, RunOrder } from './child-messages.js';

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
      deadLetter: null,
      requeue: false,
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
      const result = packResult(failureRecord(id, error, app.conf.resultSerializer));
      return {
        status: FAILURE,
        result,
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
      const value = await this.#call(task, args, kwargs, order.softMs, controller);
      return await this.#succeeded(task, request, value, embed, ignoreResult);
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

  /** `run`, or the soft time limit, whichever ends first. */
  #call(
    task: Task,
    args: unknown[],
    kwargs: Record<string, unknown>,
    softMs: number,
    controller: AbortController,
  ): unknown {
    const all = Object.keys(kwargs).length > 0 ? [...args, kwargs] : args;
    if (softMs <= 0) return task.run(...all);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const error = new SoftTimeLimitExceeded();
        controller.abort(error);
        reject(error);
      }, softMs);
      Promise.resolve()
        .then(() => task.run(...all))
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }

  async #succeeded(
    task: Task,
    request: TaskRequest,
    value: unknown,
    embed: Embed,
    ignoreResult: boolean,
  ): Promise<PartialEnd> {
    const { app } = this.owner;
    const { id, args, kwargs } = request;
    const calls = followersOf(embed, value, request, app);
    const children = calls.map((call) => [[call.id, null], null]);
    const text = ignoreResult ? '' : shown(value);
    const result = ignoreResult
      ? null
      : packResult(
          encodeResult(
            { task_id: id, status: SUCCESS, result: value ?? null, traceback: null, children },
            app.conf.resultSerializer,
          ),
        );
    if (task.onSuccess !== nothing.onSuccess)
      await this.#hook(task, () => task.onSuccess(value, id, args, kwargs));
    return { status: SUCCESS, result, text, followers: calls.length > 0 ? calls.map(packOutgoing) : null };
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
    if (thrown instanceof Ignore) return { status: 'IGNORED' };
    if (thrown instanceof Reject)
      return {
        status: 'REJECTED',
        requeue: thrown.requeue,
        deadLetter: thrown.requeue ? null : thrown.message,
      };
    const error = thrown instanceof Retry ? thrown : autoRetry(task, request, thrown);
    if (error instanceof Retry) {
      await this.#hook(task, () => task.onRetry(error.exc, id, args, kwargs));
      const result = ignoreResult
        ? null
        : packResult(failureRecord(id, error.exc ?? error, app.conf.resultSerializer, RETRY));
      return {
        status: RETRY,
        result,
        retry: packOutgoing(this.#nextAttempt(error, message, body)),
        text: error.message,
      };
    }
    await this.#hook(task, () => task.onFailure(error, id, args, kwargs));
    const calls = errbacksOf(body[2], id, request, app);
    const result = ignoreResult ? null : packResult(failureRecord(id, error, app.conf.resultSerializer));
    const followers = calls.length > 0 ? calls.map(packOutgoing) : null;
    return {
      status: FAILURE,
      result,
      followers,
      text: `${exceptionData(error).exc_type}: ${errorText(error)}`,
    };
  }

  /** The same call, later: same id, one retry more. */
  #nextAttempt({ whenMs, overrides }: Retry, { headers, properties }: TaskMessage, body: TaskBody) {
    const { app } = this.owner;
    const args = overrides.args ?? body[0];
    const kwargs = overrides.kwargs ?? body[1];
    const [, , embed] = body;
    return app.prepare(headers.task, args, kwargs, {
      taskId: headers.id,
      eta: new Date(whenMs),
      retries: headers.retries + 1,
      priority: overrides.priority ?? properties.priority,
      queue: overrides.queue ?? this.#queue,
      rootId: headers.root_id,
      ...(headers.parent_id !== null && { parentId: headers.parent_id }),
      ...(headers.group !== null && { groupId: headers.group }),
      ...(headers.group_index !== null && { groupIndex: headers.group_index }),
      ...(headers.expires !== null && { expires: new Date(headers.expires) }),
      ...(headers.timelimit[0] !== null && { timeLimit: headers.timelimit[0] }),
      ...(headers.timelimit[1] !== null && { softTimeLimit: headers.timelimit[1] }),
      ...(embed.callbacks && { link: embed.callbacks }),
      ...(embed.errbacks && { linkError: embed.errbacks }),
      ...(embed.chain && { chain: embed.chain }),
      ...(embed.chord && { chord: embed.chord }),
      ignoreResult: headers.ignore_result,
      replyTo: properties.reply_to,
    });
  }

  #queue = '';

  #request(
    order: RunOrder,
    { headers, properties }: TaskMessage,
    args: unknown[],
    kwargs: Record<string, unknown>,
    signal: AbortSignal,
  ): TaskRequest {
    this.#queue = order.queue;
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
    const body = { task_id: id, status, result: meta ?? null, traceback: null, children: [] };
    this.owner.state(encodeResult(body, this.owner.app.conf.resultSerializer));
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

type PartialEnd = Partial<RunEnd> & { status: string };

/** The hooks that a task has not overridden. */
const nothing = { onSuccess: Task.prototype.onSuccess };

/** @throws ContentDisallowed, DecodeError */
function readBody({ properties, headers, body }: TaskMessage, acceptContent: readonly string[]): TaskBody {
  const { content_type: contentType, content_encoding: contentEncoding } = properties;
  const { compression } = headers as { compression?: string | null };
  const value = decodeBody({ contentType, contentEncoding, body, compression }, acceptContent);
  const [args, kwargs, embed] = Array.isArray(value) ? value : [];
  if (!Array.isArray(args) || typeof kwargs !== 'object' || kwargs === null)
    throw new DecodeError('the body is not [args, kwargs, embed]');
  return [args, kwargs, { callbacks: null, errbacks: null, chain: null, chord: null, ...embed }];
}

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

/** What follows a success: the callbacks, and the next step of a chain. */
function followersOf(embed: Embed, value: unknown, request: TaskRequest, app: Celery) {
  const calls = (embed.callbacks ?? []).map((callback) => follow(callback, [value], request, app));
  const chain = embed.chain ?? [];
  const next = chain.at(-1);
  if (next) calls.push(follow(next, [value], request, app, chain.slice(0, -1)));
  return calls;
}

/** What follows a failure: each gets the id of the task that failed. */
function errbacksOf(embed: Embed, id: string, request: TaskRequest, app: Celery) {
  return (embed.errbacks ?? []).map((callback) => follow(callback, [id], request, app));
}

function follow(
  { task, args, kwargs, options, immutable }: SignatureData,
  first: unknown[],
  request: TaskRequest,
  app: Celery,
  chain: SignatureData[] = [],
) {
  const { task_id: taskId, reply_to: replyTo, queue, priority } = (options ?? {}) as Record<string, unknown>;
  return app.prepare(task, immutable ? (args ?? []) : [...first, ...(args ?? [])], kwargs ?? {}, {
    rootId: request.rootId,
    parentId: request.id,
    replyTo: typeof replyTo === 'string' ? replyTo : request.replyTo,
    ...(typeof taskId === 'string' && { taskId }),
    ...(typeof queue === 'string' && { queue }),
    ...(typeof priority === 'number' && { priority }),
    ...(chain.length > 0 && { chain }),
  });
}

const SHOWN = 120;

function shown(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value ?? 'None');
  if (typeof value === 'string') return value.slice(0, SHOWN);
  return Array.isArray(value) ? `[${value.length}]` : '{…}';
}
