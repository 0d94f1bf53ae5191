// Commands of tasks to devices: sent until they have arrived, and again while a device is being found again.
import type { Clock } from '../../clock/index.js';
import { errorCode } from '../../errors/index.js';
import { type MessageType, Sender, untilArrived } from '../../mesh/index.js';

/** A driver that has failed is started anew by its agent: the command waits for that, so often. */
const MOST_TRIES = 6;
/** Pause after the first failure, doubled with each; ms of observatory time. */
const FIRST_PAUSE_MS = 1000;
const DRIVER_IS_AWAY = ['DRIVER', 'NOT_CONNECTED'];

/** What a command needs. */
export interface CommandTools {
  clock: Clock;
  signal: AbortSignal;
}

/** @throws AnswerError when the device refuses, or its driver does not come back; the signal's reason */
export async function commandDevice<T>(
  agent: string,
  command: string | MessageType<T>,
  data: T | undefined,
  { clock, signal }: CommandTools,
): Promise<unknown> {
  const send = () => Sender.request(agent, command, data, { signal });
  for (let tries = 1; ; tries += 1) {
    try {
      return await untilArrived(send, signal);
    } catch (error) {
      if (tries === MOST_TRIES || !DRIVER_IS_AWAY.includes(errorCode(error) ?? '')) throw error;
    }
    await clock.sleep(FIRST_PAUSE_MS * 2 ** (tries - 1), signal);
  }
}
