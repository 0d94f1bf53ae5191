// Sentences as one agent hears them: for its device, or for another, and from whom.
import type { Config } from '../../config/index.js';
import { agentEntry } from '../../mesh/index.js';
import { InstrumentError } from '../errors.js';
import {
  ALL_DEVICES,
  agentOfDevice,
  type Command,
  type CommandTable,
  type SpokenCommand,
  understand,
} from '../grammar/index.js';

/** Begins like a sentence. */
const SENTENCE = /^ *(do|get|set) /i;

/** Whether a message is meant as a sentence. */
export function isSentence(message: string): boolean {
  return SENTENCE.test(message);
}

/**
 * What a sentence means to the agent of a device.
 * @throws InstrumentError `UNKNOWN_COMMAND` when it is for another device; what {@link understand} throws
 */
export function spokenTo(
  device: string,
  commands: CommandTable,
  text: string,
  config: Config,
  nowMs: number,
): SpokenCommand {
  const spoken = understand(text, nowMs);
  if (spoken.device === device) return spoken;
  if (spoken.device !== ALL_DEVICES) throw elsewhere(device, spoken.device, config);
  return { ...spoken, device, command: commands[spoken.key] ?? spoken.command };
}

function elsewhere(device: string, wanted: string, { agents }: Config): InstrumentError {
  const entry = agents.get(agentOfDevice(wanted));
  const place = entry
    ? `${wanted} is at ${entry.ip} port ${entry.receivePort}`
    : `no agent of ${wanted} is known`;
  return new InstrumentError('UNKNOWN_COMMAND', `this is the agent of ${device}; ${place}`);
}

/**
 * A list `MESSAGE_from` of the INI is about the command, however its sentence is written.
 * @throws InstrumentError `DENIED`
 */
export function checkSender(
  config: Config,
  agent: string,
  { key, device }: SpokenCommand,
  from: string | undefined,
): void {
  const [verb, item = ''] = key.split(' ');
  const message = `${verb} ${device} ${item}`.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_');
  const allowed = agentEntry(config, agent).senders.get(message);
  const sender = from ?? 'hand';
  if (!allowed || allowed.includes(sender)) return;
  const place = `[${agent}] ${message}_from = ${allowed.join(', ')}`;
  throw new InstrumentError('DENIED', `${sender} may not say ${key} to ${device} (${place})`);
}

/** Whether everybody may say it, whoever has the lock. */
export function isFree(key: string, { runs }: Command): boolean {
  return key.startsWith('GET ') || runs === 'stops' || ['DO STOP', 'DO LOCK', 'DO UNLOCK'].includes(key);
}
