// What is sought in the store: events by time, name, role, stream, and place.
import { type Cone, isInCone } from './filters/simple.js';
import type { Role } from './model.js';
import type { EventRecord, StoredEvent } from './stored-event.js';

/** All that is given must hold. */
export interface EventQuery {
  /** Received then or later, in ms UTC. */
  readonly sinceMs?: number | undefined;
  /** Received before, in ms UTC. */
  readonly untilMs?: number | undefined;
  /** A part of the IVORN. */
  readonly ivorn?: string | undefined;
  readonly role?: Role | undefined;
  /** A beginning of the IVORN. */
  readonly stream?: string | undefined;
  /** Its error circle touches this one. */
  readonly cone?: Cone | undefined;
  /** Arrivals before this one only: the next page. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** A page of what was found. */
export interface FoundEvents {
  /** The newest first. */
  readonly events: StoredEvent[];
  /** The `before` of the next page; absent when this is the last. */
  readonly next?: number;
}

/** Whether an event fits. */
export function isFound(query: EventQuery, event: EventRecord): boolean {
  const { sinceMs, untilMs, ivorn, role, stream, cone } = query;
  if (sinceMs !== undefined && event.receivedMs < sinceMs) return false;
  if (untilMs !== undefined && event.receivedMs >= untilMs) return false;
  if (ivorn !== undefined && !event.ivorn.includes(ivorn)) return false;
  if (role !== undefined && event.role !== role) return false;
  if (stream !== undefined && !event.ivorn.startsWith(stream)) return false;
  return !cone || isInCone(cone, event.position);
}
