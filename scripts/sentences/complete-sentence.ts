// What may come next in a sentence that somebody types.
import {
  ALL_DEVICES,
  COMMANDS,
  type Command,
  type CommandTable,
  DEVICES,
  type Kind,
} from '../../src/instruments/index.js';

const VERBS = ['DO', 'GET', 'SET'];

/**
 * Words that the last, half word of a line may become.
 * @param devices - those of the INI file
 */
export function completeSentence(line: string, devices: readonly string[]): string[] {
  const words = line.trimStart().split(/ +/);
  const last = words.at(-1) ?? '';
  return nextWords(words.slice(0, -1), last, devices).filter((word) =>
    word.toUpperCase().startsWith(last.toUpperCase()),
  );
}

/** A word that is the only one, and whole, is followed by the space before the next. */
export function withSpace(words: readonly string[]): readonly string[] {
  const [only = ''] = words;
  return words.length === 1 && !/[=.]$/.test(only) ? [`${only} `] : words;
}

function nextWords(before: readonly string[], last: string, devices: readonly string[]): string[] {
  const [verb = '', device = '', item = ''] = before.map((word) => word.toUpperCase());
  if (before.length === 0) return VERBS;
  if (before.length === 1) return verb === 'DO' ? [...devices, ALL_DEVICES] : [...devices];
  if (device === ALL_DEVICES) return before.length === 2 ? ['STOP'] : [];
  const table = tableOf(device);
  if (before.length === 2) return itemsOf(table, verb);
  const command = table[`${verb} ${item}`];
  if (!command) return [];
  const isFirst = before.length === 3;
  return [
    ...parameterWords(command, last, before.slice(3)),
    ...(isFirst ? firstValues(command, item, table) : []),
  ];
}

function tableOf(device: string): CommandTable {
  const kind = DEVICES.get(device);
  return kind === undefined ? {} : COMMANDS[kind];
}

function itemsOf(table: CommandTable, verb: string): string[] {
  const keys = Object.keys(table).filter((key) => key.startsWith(`${verb} `));
  return keys.map((key) => key.slice(verb.length + 1).replace('*', ''));
}

/** `NAME=`, or the values behind it. */
function parameterWords(command: Command, last: string, given: readonly string[]): string[] {
  const [name = '', value] = last.split('=');
  const parameter = value === undefined ? undefined : command.parameters[name.toUpperCase()];
  if (parameter) return wordsOf(parameter.kind).map((word) => `${name}=${word}`);
  const used = new Set(given.map((word) => word.split('=')[0]?.toUpperCase()));
  return Object.keys(command.parameters)
    .filter((one) => !used.has(one))
    .map((one) => `${one}=`);
}

/** The first value may come without its name. */
function firstValues(command: Command, item: string, table: CommandTable): string[] {
  if (item === 'HELP') return [...new Set(Object.keys(table).map((key) => key.slice(key.indexOf(' ') + 1)))];
  const [first] = Object.values(command.parameters);
  return first ? wordsOf(first.kind) : [];
}

/** The words of a kind that has only a few. */
function wordsOf({ brief }: Kind<unknown>): string[] {
  return /^[A-Z]+(,[A-Z]+)+$/.test(brief) ? brief.split(',') : [];
}
