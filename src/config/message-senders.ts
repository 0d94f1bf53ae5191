// The keys MESSAGE_from of an agent's section: who may send it a given message.

/** Ending of these keys. */
const SUFFIX = '_from';

/** In a list: a program that is no agent, such as the command `pyros`. */
export const ANY_PROGRAM = 'pyros';
/** In a list: a message without a name, as people send it by hand. */
export const BY_HAND = 'hand';

/** What such a key means, for the documentation. */
export const SENDERS_KEY = {
  key: 'MESSAGE_from',
  default: 'everybody',
  expected: `agents of this file, \`${ANY_PROGRAM}\` (the command and scripts) or \`${BY_HAND}\` (without a name), separated by commas`,
  help: 'Who may send this message, for example `shutdown_from = majordome, pyros`; in lower case, with `_` for spaces and signs',
};

/** Whether a key of an agent's section says who may send a message. */
export function isSendersKey(key: string): boolean {
  return key.endsWith(SUFFIX) && key.length > SUFFIX.length;
}

/** A message as its key names it: `Observation finished` is `observation_finished`. */
export function messageKey(message: string): string {
  return message.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_');
}

/** The lists of one section, by {@link messageKey}. */
export function allowedSenders(texts: ReadonlyMap<string, string> = new Map()): Map<string, string[]> {
  const keys = [...texts].filter(([key]) => isSendersKey(key));
  return new Map(keys.map(([key, text]) => [key.slice(0, -SUFFIX.length), names(text)]));
}

/** What is wrong with a list, if anything. */
export function strangerIn(text: string, agents: ReadonlyMap<string, unknown>) {
  const found = names(text).find((name) => !agents.has(name) && name !== ANY_PROGRAM && name !== BY_HAND);
  const all = [...agents.keys(), ANY_PROGRAM, BY_HAND].join(', ');
  if (found !== undefined) return { found: `"${found}"`, expected: `some of ${all}` };
  return names(text).length === 0 ? { found: 'nobody', expected: `some of ${all}` } : undefined;
}

function names(text: string): string[] {
  const parts = text.split(',').map((name) => name.trim());
  return parts.filter(Boolean);
}
