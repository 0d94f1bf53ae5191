// Sends a sentence of the instrument grammar to the agent of its device, which the INI file knows.
import type { Config } from '../../src/config/index.js';
import {
  ALL_DEVICES,
  type AnswerValues,
  agentOfDevice,
  DEVICES,
  okLine,
  type SpokenCommand,
  understand,
} from '../../src/instruments/index.js';
import { MeshError, Sender } from '../../src/mesh/index.js';

/** How a sentence is sent. */
export interface SentenceOptions {
  /** How long the answer may take, in seconds. @defaultValue the deadline of the command, longer while there is progress */
  timeoutS?: number | undefined;
  signal?: AbortSignal;
  onProgress?: (values: AnswerValues) => void;
}

/** What came back. */
export interface SentenceAnswer {
  device: string;
  values: AnswerValues;
  /** As people read it. */
  line: string;
}

/** Besides the deadline of a command: the way there and back. */
const WAY_S = 5;

/**
 * Checks a sentence before anything is sent, and sends it; `DO ALL STOP` goes to every device at once.
 * @throws GrammarError, MeshError, AnswerError; of several the first
 */
export async function sendSentence(
  config: Config,
  text: string,
  options: SentenceOptions,
): Promise<SentenceAnswer[]> {
  const spoken = understand(text, Date.now());
  const answers = await Promise.allSettled(
    devicesOf(spoken, config).map((device) => sendTo(device, text, spoken, options)),
  );
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed) throw failed.reason;
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

async function sendTo(
  device: string,
  text: string,
  spoken: SpokenCommand,
  { timeoutS = spoken.command.deadlineS + WAY_S, signal, onProgress }: SentenceOptions,
): Promise<SentenceAnswer> {
  const reply = await Sender.request(agentOfDevice(device), text, undefined, {
    timeoutMs: timeoutS * 1000,
    ...(signal && { signal }),
    ...(onProgress && { onProgress: (data: unknown) => onProgress((data ?? {}) as AnswerValues) }),
  });
  const values = (reply ?? {}) as AnswerValues;
  return { device, values, line: okLine(spoken.command, values) };
}

/** @throws MeshError `UNKNOWN_AGENT` when the INI file has no such device */
function devicesOf({ device }: SpokenCommand, config: Config): string[] {
  const known = instrumentsOf(config);
  if (device === ALL_DEVICES) return known;
  if (known.includes(device)) return [device];
  const text = `${config.file} has no section [${agentOfDevice(device)}]; its instruments are ${known.join(', ') || 'none'}`;
  throw new MeshError('UNKNOWN_AGENT', text);
}

/** The devices of an INI file. */
export function instrumentsOf(config: Config): string[] {
  return [...DEVICES.keys()].filter((device) => config.agents.has(agentOfDevice(device)));
}
