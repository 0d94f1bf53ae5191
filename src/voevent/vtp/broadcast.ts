// What the subscribers of one broadcaster share.
import type { Clock } from '../../clock/index.js';
import type { XPathDesk } from '../filters/xpath-desk.js';
import type { VoeventLog } from '../log.js';
import type { Outgoing } from './outgoing.js';
import type { SubscriberSession } from './subscriber-session.js';
import type { Turns } from './turns.js';

/** What has been sent since the start. */
export interface BroadcastCounters {
  /** Events given to the broadcaster. */
  events: number;
  /** Frames sent, one for each subscriber that wanted it. */
  sent: number;
  /** Events that subscribers refused. */
  naks: number;
  /** Subscribers cut because they were slow, silent or unruly. */
  cut: number;
  badFilters: number;
}

/** What the sessions of one broadcaster share. */
export interface Broadcast {
  readonly localIvorn: string;
  readonly clock: Clock;
  readonly log: VoeventLog;
  readonly desk: XPathDesk;
  readonly counters: BroadcastCounters;
  /** In which acknowledgements are read. */
  readonly turns: Turns;
  /** Bytes of events that may wait for one subscriber. */
  readonly queueBytes: number;
  /** How long the answer to `authenticate` is waited for. */
  readonly greetingMs: number;
  /** Messages that nobody asked for, from one tick of `iamalive` to the next. */
  readonly maxMessages: number;
  /** The last arrival that was given to the sessions; `undefined` when there is no store. */
  published(): number | undefined;
  /** The events of the store behind an arrival, oldest first. */
  history(after: number, limit: number): Outgoing[];
  /** The arrival behind which a subscriber has missed something; `undefined` when it has not. */
  missedSince(session: SubscriberSession, sinceMs: number | undefined): number | undefined;
}
