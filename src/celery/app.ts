// Celery: the application, which knows the configuration and the tasks, and calls them.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { dirname, isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Clock, observatoryClock } from '../clock/index.js';
import { type CelerySettings, type Config, loadConfig } from '../config/index.js';
import { errorText } from '../errors/index.js';
import { observatoryOrigin } from '../mesh/index.js';
import type { Broker } from './broker/broker.js';
import { EmbeddedBroker } from './broker/embedded/embedded-broker.js';
import { checkCall, checkOptions, isTaskName } from './call-options.js';
import { BUILTIN_TASKS } from './canvas/builtin-tasks.js';
import { plain } from './canvas/signature-data.js';
import { isResultTuple } from './canvas/tuples.js';
import type { TaskOptions } from './class-options.js';
import { Control } from './control.js';
import { leaveCurrent, makeWhenNeeded, offerCurrent, setCurrent } from './current-app.js';
import { CeleryError, NotRegistered } from './errors.js';
import { type AnyResult, GroupResult, resultFrom } from './group-result.js';
import { buildMessage, type SignatureData, type TaskBody } from './message.js';
import { AsyncResult, type ResultOwner } from './result.js';
import { Routes } from './routes.js';
import { encodeBody, TASK_BODY_NAMES } from './serialization/index.js';
import { type CallOptions, Task, type TaskClass, type TaskRequest } from './task.js';

/** Options of an application. */
export interface CeleryOptions {
  /** @defaultValue the configuration file's */
  config?: Config;
  /** @defaultValue the observatory's */
  clock?: Clock;
  /** @defaultValue what the configuration names */
  broker?: Broker;
}

const ORIGIN = `gen${process.pid}@${hostname()}`;

/** An application: one for each process will do, see `currentApp`. */
export class Celery implements ResultOwner {
  readonly config: Config;
  readonly conf: CelerySettings;
  /** Tasks by name. */
  readonly tasks = new Map<string, Task>();
  readonly control: Control;
  readonly routes: Routes;
  /** The call that runs in this process, if it is a worker's child. */
  currentRequest: TaskRequest | undefined;
  #broker: Broker | undefined;
  #clock: Clock | undefined;

  /** @throws CeleryError `CELERY_NOT_CONFIGURED` when the file has no section [celery] */
  constructor(
    readonly main: string = 'pyros',
    options: CeleryOptions = {},
  ) {
    this.config = options.config ?? loadConfig();
    const { celery, file } = this.config;
    if (!celery) throw new CeleryError('CELERY_NOT_CONFIGURED', `${file} has no section [celery]`);
    this.conf = celery;
    this.#broker = options.broker;
    this.#clock = options.clock;
    this.routes = new Routes(celery.routes, celery.taskDefaultQueue);
    this.control = new Control(this);
    for (const taskClass of BUILTIN_TASKS) this.register(taskClass as unknown as TaskClass);
    offerCurrent(this);
  }

  get broker(): Broker {
    this.#broker ??= new EmbeddedBroker(this.config);
    return this.#broker;
  }

  get clock(): Clock {
    this.#clock ??= clockOf(this.config);
    return this.#clock;
  }

  get acceptContent(): readonly string[] {
    return this.conf.acceptContent;
  }

  /** Makes this the application of tasks that name none. */
  setCurrent(): void {
    setCurrent(this);
  }

  /**
   * Registers a class of tasks.
   * @returns its instance
   * @throws CeleryError `INVALID_TASK`, `TASK_ALREADY_REGISTERED`
   */
  register<A extends unknown[], R>(taskClass: TaskClass<A, R>): Task<A, R> {
    const { name } = taskClass;
    if (!isTaskName(name))
      throw new CeleryError(
        'INVALID_TASK',
        `"${name}" is no name of a task; give the class a static name such as app.module.task`,
      );
    const known = this.tasks.get(name);
    if (known?.constructor === taskClass) return known as unknown as Task<A, R>;
    if (known) throw new CeleryError('TASK_ALREADY_REGISTERED', `two classes are called ${name}`);
    const task = new taskClass();
    task.bind(this);
    this.tasks.set(name, task as unknown as Task);
    return task;
  }

  /** The task of a name. @throws NotRegistered */
  task(name: string): Task {
    const task = this.tasks.get(name);
    if (task) return task;
    throw new NotRegistered(`task ${name} is not registered: is its module among [celery] imports?`);
  }

  /** Loads the modules that `[celery] imports` names, and registers the tasks that they export. @throws CeleryError `IMPORT_FAILED` */
  async loadImports(modules: readonly string[] = this.conf.imports): Promise<void> {
    for (const name of modules) {
      try {
        const exported = (await import(this.#moduleUrl(name))) as Record<string, unknown>;
        for (const value of Object.values(exported)) if (isTaskClass(value)) this.register(value);
      } catch (error) {
        if (error instanceof CeleryError) throw error;
        throw new CeleryError(
          'IMPORT_FAILED',
          `cannot load ${name} of [celery] imports: ${errorText(error)}`,
          error,
        );
      }
    }
  }

  /**
   * Calls a task by name, whether or not it is registered here.
   * @param own - the task itself, whose options count when it is not registered here
   * @returns when the call is on the broker's disk
   * @throws CeleryError when the arguments cannot be written or the broker refuses; MeshError when it is away
   */
  async sendTask(
    name: string,
    args: readonly unknown[] = [],
    kwargs: Record<string, unknown> = {},
    options: CallOptions = {},
    own?: TaskOptions,
  ): Promise<AsyncResult> {
    const outgoing = this.prepare(name, args, kwargs, options, own);
    await this.broker.publish(outgoing, options.retry ?? true);
    return new AsyncResult(outgoing.id, this);
  }

  /** The message of a call, as {@link Celery.sendTask} sends it. @throws CeleryError `INVALID_TASK`; SerializationError */
  prepare(
    name: string,
    args: readonly unknown[],
    kwargs: Record<string, unknown>,
    options: CallOptions,
    own?: TaskOptions,
  ) {
    checkCall(name, args, kwargs, options);
    const task = this.tasks.get(name) ?? own;
    const id = options.taskId ?? randomUUID();
    const nowMs = this.clock.now();
    const embed = {
      callbacks: listOrNull(options.link),
      errbacks: listOrNull(options.linkError),
      chain: options.chain ?? null,
      chord: options.chord ? plain(options.chord) : null,
    };
    const body: TaskBody = [[...args], kwargs, embed];
    const serializer = options.serializer ?? task?.serializer ?? this.conf.taskSerializer;
    const parent = this.currentRequest;
    const etaMs =
      options.eta?.getTime() ??
      (options.countdown === undefined ? undefined : nowMs + options.countdown * 1000);
    const expires = options.expires ?? task?.expires;
    const expiresMs = this.#expiresMs(expires, nowMs);
    const priority = options.priority ?? task?.priority ?? this.conf.taskDefaultPriority;
    const queue = options.queue ?? task?.queue ?? this.routes.queueOf(name);
    // They may be those of the task's class.
    checkOptions(name, { expires, priority, queue });
    const ignoreResult = options.ignoreResult ?? task?.ignoreResult ?? this.conf.taskIgnoreResult;
    const message = buildMessage({
      id,
      task: name,
      args,
      kwargs,
      encoded: encodeBody(body, serializer, TASK_BODY_NAMES),
      rootId: options.rootId ?? parent?.rootId,
      parentId: options.parentId ?? parent?.id,
      groupId: options.groupId,
      groupIndex: options.groupIndex,
      retries: options.retries ?? 0,
      etaMs,
      expiresMs,
      nowMs,
      timeLimitS: options.timeLimit,
      softTimeLimitS: options.softTimeLimit,
      priority,
      replyTo: options.replyTo ?? this.broker.replyTo,
      origin: ORIGIN,
      shadow: options.shadow,
      ignoreResult,
      headers: options.headers,
    });
    return { id, queue, priority, etaMs, expiresMs, ignoreResult, message };
  }

  /** The queue of a task's calls. */
  queueOf(name: string): string {
    return this.tasks.get(name)?.queue ?? this.routes.queueOf(name);
  }

  /** The result of an earlier call, of any process. */
  AsyncResult<R = unknown>(id: string): AsyncResult<R> {
    return new AsyncResult<R>(id, this);
  }

  /** The results of a group that was saved. @throws CeleryError `GROUP_UNKNOWN` */
  GroupResult<T extends readonly unknown[] = unknown[]>(id: string): Promise<GroupResult<T>> {
    return GroupResult.restore<T>(id, this);
  }

  /** A result as it stands in messages; `undefined` when it is none. */
  resultFromTuple(tuple: unknown): AnyResult | undefined {
    return isResultTuple(tuple) ? resultFrom(tuple, this) : undefined;
  }

  /** Closes the connections to the broker. */
  close(): void {
    this.#broker?.close();
    this.#broker = undefined;
    leaveCurrent(this);
  }

  #expiresMs(expires: Date | number | undefined, nowMs: number): number | undefined {
    if (expires === undefined) return undefined;
    return typeof expires === 'number' ? nowMs + expires * 1000 : expires.getTime();
  }

  #moduleUrl(name: string): string {
    const isPath = isAbsolute(name) || name.startsWith('.') || /\.[cm]?js$/.test(name);
    return isPath ? pathToFileURL(resolve(dirname(this.config.file), name)).href : name;
  }
}

makeWhenNeeded(() => new Celery());

function clockOf(config: Config): Clock {
  const { clock, observatory } = config;
  const origin = clock.mode === 'simulated' ? observatoryOrigin(config) : undefined;
  return observatoryClock({ ...clock, longitudeDeg: observatory.longitude, ...(origin && { origin }) });
}

function isTaskClass(value: unknown): value is TaskClass {
  return (
    typeof value === 'function' &&
    value.prototype instanceof Task &&
    Object.hasOwn(value, 'name') &&
    value.name.includes('.')
  );
}

function listOrNull(link: SignatureData | SignatureData[] | undefined): SignatureData[] | null {
  if (link === undefined) return null;
  return (Array.isArray(link) ? link : [link]).map(plain);
}
