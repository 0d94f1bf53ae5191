// What a worker answers to commands and questions, with Celery's names and forms.
import type { ControlRequest } from '../broker/broker.js';
import { controlMistake, LARGEST_POOL } from '../control-arguments.js';
import type { Job } from './job.js';
import { parseRate } from './rate-limit.js';
import type { Worker } from './worker.js';

/** Tasks that wait for their time which an answer lists. */
const MOST_SCHEDULED = 1_000;

type Method = (args: Record<string, unknown>) => unknown;

export class WorkerPanel {
  readonly #methods: Readonly<Record<string, Method>>;

  constructor(private readonly worker: Worker) {
    this.#methods = {
      ping: () => ({ ok: 'pong' }),
      active: () => worker.active.map((job) => this.#describe(job)),
      reserved: () => worker.reserved.map((job) => this.#describe(job)),
      // What waits for its time waits at the broker.
      scheduled: () => this.#scheduled(),
      revoked: () => worker.app.broker.revoked(),
      registered: () => this.#registered(),
      active_queues: () => worker.queues.map(queueObject),
      stats: () => this.#stats(),
      report: () => ({ ok: `pyros on node ${process.version}` }),
      conf: () => ({ ...worker.app.conf, beat: undefined }),
      query_task: ({ ids }) => this.#query(texts(ids)),
      clock: () => ({ clock: 0 }),
      heartbeat: () => worker.events.heartbeat(),
      enable_events: () => ({ ok: 'task events enabled' }),
      disable_events: () => ({ ok: 'task events disabled' }),
      revoke: ({ task_id: id, terminate, signal }) => this.#revoke(texts(id), terminate === true, signal),
      terminate: ({ task_id: id, signal }) => this.#revoke(texts(id), true, signal),
      rate_limit: ({ task_name: name, rate_limit: rate }) => this.#rateLimit(String(name), rate),
      time_limit: (args) => this.#timeLimit(args),
      add_consumer: ({ queue }) => this.#addConsumer(String(queue)),
      cancel_consumer: ({ queue }) => this.#cancelConsumer(String(queue)),
      pool_grow: ({ n }) => this.#resize(number(n, 1)),
      pool_shrink: ({ n }) => this.#resize(-number(n, 1)),
      shutdown: () => this.#shutdown(),
    };
  }

  answer({ method, arguments: args }: ControlRequest): unknown {
    const run = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
    const mistake = controlMistake(method, args);
    if (mistake !== undefined) return { error: mistake };
    return run ? run(args) : { error: `KeyError('${method}')` };
  }

  #describe(job: Job): Record<string, unknown> {
    const { headers, properties } = job.delivery.message;
    const child = this.worker.pool.children.find(({ running }) => running === job);
    return {
      id: job.id,
      name: job.name,
      args: headers.argsrepr,
      kwargs: headers.kwargsrepr,
      type: job.name,
      hostname: this.worker.options.node,
      time_start: child ? (performance.timeOrigin + job.givenMs) / 1000 : null,
      acknowledged: job.acknowledged,
      delivery_info: {
        exchange: '',
        routing_key: job.delivery.queue,
        priority: properties.priority,
        redelivered: job.delivery.redelivered,
      },
      worker_pid: child?.pid ?? null,
    };
  }

  async #scheduled(): Promise<unknown[]> {
    const { worker } = this;
    const waiting = await worker.app.broker.scheduled(worker.queues, MOST_SCHEDULED);
    return waiting.map(({ etaMs, message: { headers, properties } }) => ({
      eta: new Date(etaMs).toISOString(),
      priority: properties.priority,
      request: {
        id: headers.id,
        name: headers.task,
        args: headers.argsrepr,
        kwargs: headers.kwargsrepr,
        type: headers.task,
        hostname: worker.options.node,
      },
    }));
  }

  #registered(): string[] {
    return [...this.worker.traits.values()]
      .filter(({ name }) => !name.startsWith('celery.'))
      .map(({ name, rateLimit }) => (rateLimit ? `${name} [rate_limit=${rateLimit}]` : name))
      .sort();
  }

  #stats(): Record<string, unknown> {
    const { worker } = this;
    return {
      total: Object.fromEntries(worker.totals),
      pid: process.pid,
      clock: '0',
      uptime: Math.round((performance.now() - worker.startedMs) / 1000),
      pool: {
        'max-concurrency': worker.pool.concurrency,
        processes: worker.pool.pids,
        'max-tasks-per-child': worker.options.maxTasksPerChild ?? 'N/A',
      },
      broker: { transport: 'embedded' },
      prefetch_count: worker.prefetchCount,
      rusage: process.resourceUsage(),
    };
  }

  #query(ids: string[]): Record<string, unknown> {
    const { active, reserved } = this.worker;
    const found: Record<string, unknown> = {};
    for (const job of active) if (ids.includes(job.id)) found[job.id] = ['active', this.#describe(job)];
    for (const job of reserved) if (ids.includes(job.id)) found[job.id] = ['reserved', this.#describe(job)];
    return found;
  }

  #revoke(ids: string[], terminate: boolean, signal: unknown): unknown {
    const ended = this.worker.revoke(ids, terminate, typeof signal === 'string' ? signal : 'SIGTERM');
    if (!terminate) return { ok: `tasks ${ids.join(', ')} flagged as revoked` };
    return { ok: ended.length > 0 ? `terminate: ${ended.join(', ')}` : 'terminate: tasks unknown' };
  }

  #rateLimit(name: string, rate: unknown): unknown {
    // It was checked with the other arguments.
    const perSecond = parseRate(typeof rate === 'number' || typeof rate === 'string' ? rate : null) ?? 0;
    const traits = this.worker.traits.get(name);
    if (!traits) return { error: 'unknown task' };
    traits.rateLimit = perSecond > 0 ? String(rate) : null;
    this.worker.setRate(name, perSecond);
    return { ok: perSecond > 0 ? 'new rate limit set successfully' : 'rate limit disabled successfully' };
  }

  #timeLimit({ task_name: name, soft, hard }: Record<string, unknown>): unknown {
    if (!this.worker.traits.has(String(name))) return { error: 'unknown task' };
    this.worker.limits.set(String(name), { softMs: number(soft, 0) * 1000, hardMs: number(hard, 0) * 1000 });
    return { ok: 'time limits set successfully' };
  }

  #addConsumer(queue: string): unknown {
    if (this.worker.queues.includes(queue)) return { ok: `already consuming from ${queue}` };
    this.worker.setQueues([...this.worker.queues, queue]);
    return { ok: `add consumer ${queue}` };
  }

  #cancelConsumer(queue: string): unknown {
    this.worker.setQueues(this.worker.queues.filter((one) => one !== queue));
    return { ok: `no longer consuming from ${queue}` };
  }

  #resize(by: number): unknown {
    if (this.worker.options.pool === 'solo') return { error: "ValueError('the pool solo has one place')" };
    const wanted = this.worker.pool.concurrency + by;
    if (wanted < 1)
      return { error: `ValueError('the pool has ${this.worker.pool.concurrency} and keeps at least 1')` };
    if (wanted > LARGEST_POOL) return { error: `ValueError('a pool has at most ${LARGEST_POOL}')` };
    this.worker.resize(wanted);
    return { ok: by > 0 ? 'pool will grow' : 'pool will shrink' };
  }

  #shutdown(): unknown {
    // The answer leaves first.
    setImmediate(() => void this.worker.shutdown());
    return { ok: 'shutting down' };
  }
}

function queueObject(name: string): Record<string, unknown> {
  return { name, exchange: { name, type: 'direct' }, routing_key: name, durable: true };
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
