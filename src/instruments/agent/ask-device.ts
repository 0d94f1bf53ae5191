// Asking other devices: with one deadline for all, and no answer is an answer too.
import { errorText } from '../../errors/index.js';
import { Sender } from '../../mesh/index.js';
import { agentOfDevice } from '../grammar/index.js';

/** The values of an answer by name; those that were not known are left out. */
export type DeviceAnswer = Readonly<Record<string, unknown>>;

/** Asks a device. @throws MeshError, AnswerError */
export async function askDevice(
  device: string,
  sentence: string,
  options: { timeoutMs?: number; signal?: AbortSignal; data?: unknown } = {},
): Promise<DeviceAnswer> {
  const { data, ...rest } = options;
  return ((await Sender.request(agentOfDevice(device), sentence, data, rest)) ?? {}) as DeviceAnswer;
}

/** Asks a device that may be away: then there are no values, and `onLost` is told why. */
export function tryToAsk(
  device: string,
  sentence: string,
  timeoutMs: number,
  onLost: (reason: string) => void,
): Promise<DeviceAnswer> {
  return askDevice(device, sentence, { timeoutMs }).catch((error) => {
    onLost(`${device} was not heard: ${errorText(error)}`);
    return {};
  });
}

/** The value of an answer as a number, if it is one. */
export function numberIn(answer: DeviceAnswer, name: string): number | undefined {
  const value = answer[name];
  return typeof value === 'number' ? value : undefined;
}

/** The value of an answer as a text, if it is one. */
export function textIn(answer: DeviceAnswer, name: string): string | undefined {
  const value = answer[name];
  return typeof value === 'string' ? value : undefined;
}
