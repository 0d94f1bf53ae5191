// How a worker reaches a child: a process, a thread, or itself.
import type { FromChild, ToChild } from './child-messages.js';

/** Kinds of pools, by Celery's names. */
export type PoolKind = 'prefork' | 'threads' | 'solo';

/** What a worker hears of a child. */
export interface ChildLinkOwner {
  onMessage(message: FromChild): void;
  /** It has gone, and all that it said has been heard. */
  onGone(reason: string): void;
}

export interface ChildLink {
  readonly pid: number;
  /** @param later - after what was written to other pipes and sockets in this tick */
  send(message: ToChild, later?: boolean): void;
  /** Asks it to end, or with SIGKILL ends it, and all that it has spawned. */
  signal(signal: NodeJS.Signals): void;
}
