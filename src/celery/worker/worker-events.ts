// What a worker tells those who listen to its events, with Celery's names.
import { loadavg } from 'node:os';
import { version } from '../../config/index.js';
import type { Consumer } from '../broker/broker.js';
import type { RunEnd } from './child-messages.js';
import type { Job } from './job.js';

/** How often a worker says that it is there. */
const HEARTBEAT_MS = 2_000;

export type EventName = 'task-received' | 'task-started';

/** Nothing is made while nobody listens. */
export class WorkerEvents {
  wanted = false;
  active = 0;
  processed = 0;
  #clock = 0;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(
    private readonly node: string,
    private readonly consumer: () => Consumer | undefined,
  ) {}

  want(wanted: boolean): void {
    this.wanted = wanted;
    clearInterval(this.#heartbeat);
    if (!wanted) return;
    this.online();
    this.#heartbeat = setInterval(() => this.heartbeat(), HEARTBEAT_MS).unref();
  }

  online(): void {
    this.#worker('worker-online');
  }

  heartbeat(): void {
    this.#worker('worker-heartbeat');
  }

  offline(): void {
    this.#worker('worker-offline');
    clearInterval(this.#heartbeat);
  }

  task(type: EventName, job: Job): void {
    if (type === 'task-started') this.active += 1;
    if (!this.wanted) return;
    const { headers } = job.delivery.message;
    if (type === 'task-started') this.#send(type, { uuid: job.id });
    else
      this.#send(type, {
        uuid: job.id,
        name: job.name,
        args: headers.argsrepr,
        kwargs: headers.kwargsrepr,
        root_id: headers.root_id,
        parent_id: headers.parent_id,
        retries: headers.retries,
        eta: headers.eta,
        expires: headers.expires,
      });
  }

  ended(job: Job, end: RunEnd): void {
    this.#over();
    if (!this.wanted) return;
    const uuid = job.id;
    if (end.status === 'SUCCESS')
      this.#send('task-succeeded', { uuid, result: end.text, runtime: end.runtimeMs / 1000 });
    else if (end.status === 'RETRY')
      this.#send('task-retried', { uuid, exception: end.text, traceback: null });
    else if (end.status === 'REJECTED') this.#send('task-rejected', { uuid, requeue: end.requeue });
    else if (end.status === 'FAILURE')
      this.#send('task-failed', { uuid, exception: end.text, traceback: null });
  }

  revoked(job: Job, reason: string): void {
    if (job.givenMs > 0) this.#over();
    const terminated = reason === 'terminated';
    this.#send('task-revoked', { uuid: job.id, terminated, signum: null, expired: reason === 'expired' });
  }

  failed(job: Job, error: Error): void {
    this.#over();
    this.#send('task-failed', {
      uuid: job.id,
      exception: `${error.name}: ${error.message}`,
      traceback: null,
    });
  }

  #over(): void {
    this.active = Math.max(0, this.active - 1);
    this.processed += 1;
  }

  #worker(type: string): void {
    this.#send(type, {
      freq: HEARTBEAT_MS / 1000,
      active: this.active,
      processed: this.processed,
      loadavg: loadavg(),
      sw_ident: 'pyros',
      sw_ver: version,
      sw_sys: process.platform,
    });
  }

  #send(type: string, fields: Record<string, unknown>): void {
    if (!this.wanted) return;
    this.#clock += 1;
    this.consumer()?.event({
      type,
      hostname: this.node,
      utcoffset: new Date().getTimezoneOffset() / 60,
      pid: process.pid,
      clock: this.#clock,
      timestamp: Date.now() / 1000,
      ...fields,
    });
  }
}
