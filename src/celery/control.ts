// Commands to workers, and questions.
import type { Celery } from './app.js';
import type { ControlReplies } from './broker/broker.js';
import { checkSignal } from './call-options.js';
import type { RevokeOptions } from './result.js';

/** To whom, and how long to wait for answers. */
export interface ControlOptions {
  /** Names of workers; without them all. */
  destination?: string[];
  pattern?: string;
  matcher?: 'glob' | 'pcre';
  /** Seconds; 0 asks for no answers. All that were asked may have answered sooner. @defaultValue 1 */
  timeout?: number;
}

const TIMEOUT_S = 1;

/** `app.control`, with Celery's names. */
export class Control {
  constructor(private readonly app: Pick<Celery, 'broker'>) {}

  /** Any command, by Celery's name for it. */
  broadcast(
    method: string,
    args: Record<string, unknown> = {},
    options: ControlOptions = {},
  ): Promise<ControlReplies> {
    const { destination, pattern, matcher, timeout = TIMEOUT_S } = options;
    return this.app.broker.control(
      { method, arguments: args, destination, pattern, matcher },
      timeout * 1000,
    );
  }

  ping(options?: ControlOptions): Promise<ControlReplies> {
    return this.broadcast('ping', {}, options);
  }

  /**
   * Tasks that must not start, and with `terminate` not go on; kept, whether or not a worker is up.
   * @throws CeleryError `INVALID_TASK` when there is no such signal
   */
  async revoke(
    id: string | readonly string[],
    { terminate = false, signal = 'SIGTERM' }: RevokeOptions = {},
  ): Promise<void> {
    await this.app.broker.revoke(typeof id === 'string' ? [id] : [...id], terminate, checkSignal(signal));
  }

  /** As {@link Control.revoke}, and ends the running one. */
  terminate(id: string | readonly string[], signal = 'SIGTERM'): Promise<void> {
    return this.revoke(id, { terminate: true, signal });
  }

  rateLimit(taskName: string, rateLimit: string, options?: ControlOptions): Promise<ControlReplies> {
    return this.broadcast('rate_limit', { task_name: taskName, rate_limit: rateLimit }, options);
  }

  timeLimit(
    taskName: string,
    soft?: number,
    hard?: number,
    options?: ControlOptions,
  ): Promise<ControlReplies> {
    return this.broadcast(
      'time_limit',
      { task_name: taskName, soft: soft ?? null, hard: hard ?? null },
      options,
    );
  }

  addConsumer(queue: string, options?: ControlOptions): Promise<ControlReplies> {
    return this.broadcast('add_consumer', { queue }, options);
  }

  cancelConsumer(queue: string, options?: ControlOptions): Promise<ControlReplies> {
    return this.broadcast('cancel_consumer', { queue }, options);
  }

  poolGrow(n = 1, options?: ControlOptions): Promise<ControlReplies> {
    return this.broadcast('pool_grow', { n }, options);
  }

  poolShrink(n = 1, options?: ControlOptions): Promise<ControlReplies> {
    return this.broadcast('pool_shrink', { n }, options);
  }

  shutdown(options?: ControlOptions): Promise<ControlReplies> {
    return this.broadcast('shutdown', {}, options);
  }

  /** Drops what waits in a queue. @returns how many tasks */
  purge(queue: string): Promise<number> {
    return this.app.broker.purge(queue);
  }

  /** A question to workers: ping, active, reserved, scheduled, registered, stats, active_queues, revoked, … */
  inspect(
    question: string,
    args: Record<string, unknown> = {},
    options?: ControlOptions,
  ): Promise<ControlReplies> {
    return this.broadcast(question, args, options);
  }
}
