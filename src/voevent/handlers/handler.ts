// What is done with every event once it is acknowledged.
import type { StoredEvent } from '../stored-event.js';

/** One thing that is done with every event. It may be done again after a crash. */
export interface Handler {
  /** Names its work in the store: the same after a restart. */
  readonly name: string;
  /** How many events it may have in hand. @defaultValue 1, in order */
  readonly limit?: number;
  /** @throws (rejects) when it could not be done, with the reason; it is tried again then */
  handle(event: StoredEvent): Promise<void>;
  /** Ends what is in hand. */
  close?(): void;
}
