// One delivery on its way through a worker.
import type { Delivery } from '../broker/broker.js';
import type { TaskTraits } from './child-messages.js';

/** Why a job's child is being ended. */
export type EndReason = 'terminated' | 'time limit' | 'cold shutdown' | 'lost';

export class Job {
  /** It has been told to the broker that this begins and is not to be delivered again. */
  acknowledged = false;
  /** Nothing more is to be told of it. */
  over = false;
  /** Its child is being ended for this reason. */
  endReason: EndReason | undefined;
  /** It must not start. */
  revoked = false;
  /** Its task's rate has been charged with it. */
  admitted = false;
  /** It waits, or has waited, in the worker for its turn at its task's rate. */
  hasTurn = false;
  /** When it was handed to a child, `performance.now()`. */
  givenMs = 0;
  hardMs = 0;
  softMs = 0;
  /** How long it may go on after its soft limit when it listens to its signal. */
  tidyMs = 0;
  readonly expiresMs: number;

  constructor(
    readonly delivery: Delivery,
    readonly traits: TaskTraits,
    readonly receivedMs: number,
  ) {
    const { expires } = delivery.message.headers;
    this.expiresMs = typeof expires === 'string' ? Date.parse(expires) : Number.NaN;
  }

  get id(): string {
    return this.delivery.id;
  }

  get name(): string {
    return this.delivery.message.headers.task;
  }

  get tag(): number {
    return this.delivery.tag;
  }

  get priority(): number {
    return this.delivery.priority;
  }
}
