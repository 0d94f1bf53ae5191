// An event as it is kept.
import type { Role } from './model.js';
import type { SkyPosition } from './notice.js';

/** An event in the store; its key is the number of its arrival. */
export interface EventRecord {
  /** {@link eventId} of its bytes. */
  readonly id: string;
  readonly ivorn: string;
  readonly role: Role;
  /** When it came first, in ms UTC. */
  readonly receivedMs: number;
  /** Who sent it first: an address or a broker's name. */
  readonly from: string;
  /** As they came, prolog and all. */
  readonly bytes: Uint8Array;
  readonly position?: SkyPosition;
  readonly triggerTimeMs?: number;
  /** What is wrong with it that was let pass. */
  readonly marks?: readonly string[];
  /** What it was made from. */
  readonly original?: Uint8Array;
  /** Bytes of all events that ever came, up to this one: two of them tell what lies between. */
  readonly upTo: number;
}

/** An event as it comes out of the store. */
export interface StoredEvent extends EventRecord {
  /** Number of its arrival: 1 for the first. */
  readonly arrival: number;
}
