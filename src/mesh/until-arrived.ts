// Sending again until a message has arrived, for as long as this process lives.
import { RealClock } from '../clock/index.js';
import { MeshError, saysNotHandled } from './errors.js';

/** Codes of this end that mean that the message did not arrive, or that nobody knows: sending it again is right. */
const NOT_ARRIVED = new Set(['UNREACHABLE', 'CONNECTION_LOST', 'REQUEST_TIMEOUT', 'SENDER_FULL']);

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Peers come back in real time, also in a simulated night. */
const wallClock = new RealClock();

/**
 * Whether an error says that a message may not have arrived, or was not handled, so that it may be sent again. An
 * action whose own message to a third agent did not arrive answers with the same codes: that is no such error.
 */
export function mayTryAgain(error: unknown): boolean {
  return saysNotHandled(error) || (error instanceof MeshError && NOT_ARRIVED.has(error.code));
}

/**
 * Runs `attempt` until it succeeds or fails for another reason than that the peer is away.
 * @param onWait - called before each pause, with the error
 * @throws what `attempt` throws then, or the signal's reason
 */
export async function untilArrived<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal,
  onWait: (error: unknown) => void = () => undefined,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || !mayTryAgain(error)) throw error;
      onWait(error);
    }
    await wallClock.sleep(pauseMs, signal);
  }
}
