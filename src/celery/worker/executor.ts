// Runs one task in a child: reads its message, calls `run`, and says how it ended.
import type { Celery } from '../app.js';
import type { ResultRecord } from '../broker/broker.js';
import { unpackMessage } from '../broker/embedded/packing.js';
import { checkState } from '../call-options.js';
import type { TaskBody, TaskMessage } from '../message.js';
import { checkSize } from '../message-size.js';
import { encodeResult } from '../outcome.js';
import { readBody } from '../serialization/task-body.js';
import { STARTED } from '../states.js';
import type { Task } from '../task.js';
import type { RunEnd, RunOrder } from './child-messages.js';
import { type PartialEnd, RunEnds } from './run-ends.js';
import { goesOn, untilSoftLimit } from './soft-limit.js';
import { taskRequest } from './task-request.js';

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

  readonly #ends: RunEnds;

  constructor(private readonly owner: ExecutorOwner) {
    this.#ends = new RunEnds(owner.app);
  }

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
      return this.#ends.unreadable(message, error);
    }
    const request = taskRequest(order, message, body, this.owner.node, controller.signal);
    const ignoreResult = message.headers.ignore_result || (task.ignoreResult ?? app.conf.taskIgnoreResult);
    const run = { task, request, message, body, ignoreResult };
    if (task.trackStarted ?? app.conf.taskTrackStarted) this.#tellStarted(id);
    task.enter({ request, updateState: (state, meta, taskId) => this.#updateState(state, meta, taskId) });
    app.currentRequest = request;
    try {
      return await this.#ends.succeeded(run, await this.#call(task, body, order, controller));
    } catch (error) {
      return await this.#ends.threw(run, error);
    } finally {
      task.enter(undefined);
    }
  }

  #call(
    task: Task,
    [args, kwargs]: TaskBody,
    { softMs, tidyMs }: RunOrder,
    controller: AbortController,
  ): unknown {
    const run = async () => task.run(...args, ...(Object.keys(kwargs).length > 0 ? [kwargs] : []));
    return softMs > 0 ? untilSoftLimit(run, softMs, tidyMs, controller) : run();
  }

  #tellStarted(id: string): void {
    this.#updateState(STARTED, { pid: process.pid, hostname: this.owner.node }, id);
  }

  #updateState(status: string, meta: unknown, id: string): void {
    const { app } = this.owner;
    checkState(status, id);
    const body = { task_id: id, status, result: meta ?? null, traceback: null, children: [] };
    const record = encodeResult(body, app.conf.resultSerializer);
    checkSize(app.config, `the state ${status} of task ${id}`, record.body.length);
    this.owner.state(record);
  }
}
