// What the connections of one receiver share: its rules, its counters, and who takes the events over.
import type { Clock } from '../../clock/index.js';
import type { VOEventLimits } from '../limits.js';
import type { VoeventLog } from '../log.js';
import type { Reading } from '../parse.js';
import type { Policy } from '../policy.js';

/**
 * Takes an event over: stores it, so that it is on the disk when the promise resolves. The author is told of an
 * acceptance then. A VOEventError refuses the event for ever; any other error is a passing trouble of ours, on which
 * the author gets no answer and may send again.
 */
export type OnEvent = (bytes: Uint8Array, reading: Reading, peer: string) => Promise<void>;

/** What has been received since the start. */
export interface ReceiverCounters {
  /** Complete frames. */
  received: number;
  /** Events acknowledged, duplicates too. */
  accepted: number;
  /** Frames refused, for good. */
  refused: number;
  /** Events that could not be taken over for a trouble of ours. */
  failed: number;
  /** Refusals, failures and connections given up, by error code. */
  byCode: Record<string, number>;
}

/** What the sessions of one receiver share. */
export interface Reception {
  readonly localIvorn: string;
  readonly limits: VOEventLimits;
  readonly policy: Policy;
  readonly timeoutMs: number;
  readonly maxBufferedBytes: number;
  readonly clock: Clock;
  readonly onEvent: OnEvent;
  readonly log: VoeventLog;
  readonly counters: ReceiverCounters;
  /** Bytes of frames that are not complete. */
  bufferedBytes: number;
  /** Closes the connection that holds the most of them. */
  makeRoom(): void;
}
