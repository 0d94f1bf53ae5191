// A request of a script: it may wait for an agent that is still starting, and has a hard limit for the answer.
import { longTimer } from '../src/clock/index.js';
import { errorCode } from '../src/errors/index.js';
import { MeshError, Sender } from '../src/mesh/index.js';

/** How long a request waits, and what it tells meanwhile. */
export interface Patience {
  /** For how long an agent that cannot be reached is tried again, in seconds. @defaultValue not at all */
  waitS?: number | undefined;
  /** How long the answer may take, in seconds. @defaultValue `[mesh] request_timeout`, longer while there is progress */
  timeoutS?: number | undefined;
  onProgress?: ((data: unknown) => void) | undefined;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** After these the action has certainly not run, so that another attempt cannot double it. */
const NOT_ARRIVED = ['UNREACHABLE', 'STOPPING'];

/**
 * Sends a message and waits for its answer.
 * @returns the action's reply
 * @throws as {@link Sender.request}
 */
export async function patientRequest(
  agent: string,
  message: string,
  data: unknown,
  patience: Patience,
): Promise<unknown> {
  const endMs = performance.now() + (patience.waitS ?? 0) * 1000;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await requestOnce(agent, message, data, patience);
    } catch (error) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0 || !NOT_ARRIVED.includes(errorCode(error) ?? '')) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, leftMs)));
    }
  }
}

async function requestOnce(
  agent: string,
  message: string,
  data: unknown,
  { timeoutS, onProgress }: Patience,
): Promise<unknown> {
  const progress = onProgress ? { onProgress } : {};
  if (timeoutS === undefined) return Sender.request(agent, message, data, progress);
  const timeoutMs = timeoutS * 1000;
  const limit = new AbortController();
  // The mesh's own limit does not count the opening of a connection, and grows with each progress.
  const timer = longTimer(timeoutMs, () => limit.abort(tooLate(agent, timeoutS)));
  try {
    return await Sender.request(agent, message, data, { timeoutMs, signal: limit.signal, ...progress });
  } finally {
    timer.cancel();
  }
}

function tooLate(agent: string, timeoutS: number): MeshError {
  const text = `${agent} has not answered within ${timeoutS} s; whether it acted is not known`;
  return new MeshError('REQUEST_TIMEOUT', text);
}
