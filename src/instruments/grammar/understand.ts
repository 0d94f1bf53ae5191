// From a sentence to a command with its parameters: checked, in the program's units, defaults filled in.
import type { InstrumentErrorCode } from '../errors.js';
import type { Command, CommandTable } from './command.js';
import { DEVICES } from './device-names.js';
import { GrammarError } from './grammar-error.js';
import type { Kind, Parameter } from './kind.js';
import { text as ownerKind } from './kinds.js';
import { parseSentence } from './parse-sentence.js';
import { parseValue } from './parse-value.js';
import { Scanner } from './scanner.js';
import type { Argument, Sentence, Value, Verb } from './sentence.js';
import { ALL_DEVICES, COMMANDS, COMMON } from './tables/index.js';

/** A command as somebody gave it. */
export interface SpokenCommand {
  device: string;
  /** Verb and item of its row: `DO GOTO`, `SET FITS.*`. */
  key: string;
  command: Command;
  /** Its item, with the part that a `*` stands for. */
  item: string;
  /** By their names, in the program's units. */
  parameters: Record<string, unknown>;
  /** Who says to have the lock: `OWNER=` may go with each `DO` and `SET`. */
  owner: string | undefined;
}

/** Reads a sentence and finds out what it means. @throws GrammarError */
export function understand(text: string, nowMs: number): SpokenCommand {
  return meaning(parseSentence(text), text, nowMs);
}

/** Finds out what a sentence means. @throws GrammarError `UNKNOWN_COMMAND`, `INVALID_VALUE`, `VALUE_NOT_SET`, `SYNTAX` */
export function meaning(sentence: Sentence, text: string, nowMs: number): SpokenCommand {
  const { verb, device, item } = sentence;
  const row = rowOf(verb, device, item, text);
  const parameters: Record<string, unknown> = {};
  let owner: string | undefined;
  for (const [index, argument] of sentence.arguments.entries()) {
    const place = argument.name === undefined ? row.slots[0] : row.byName.get(argument.name);
    if (place === undefined) {
      const isOwner = argument.name === OWNER && verb !== 'GET';
      if (!isOwner) throw unknownArgument(row, argument, text, index);
      owner = readValue(OWNER, ownerKind, argument, text, nowMs) as string;
      continue;
    }
    if (parameters[place.name] !== undefined)
      throw refusal('SYNTAX', `${place.name} stands there twice`, text, argument.column);
    parameters[place.name] = readValue(place.name, place.kind, argument, text, nowMs);
  }
  for (const { name, kind, standard, isOptional } of row.slots) {
    if (parameters[name] !== undefined) continue;
    if (standard !== undefined) parameters[name] = kind.read(standard, nowMs);
    else if (!isOptional) throw missing(name, kind, text);
  }
  return { device, key: row.key, command: row.command, item: item ?? '', parameters, owner };
}

const OWNER = 'OWNER';

/** A parameter, ready to be read. */
interface Slot {
  name: string;
  kind: Kind<unknown>;
  standard: Value | undefined;
  isOptional: boolean;
}

/** A row of the table, ready to be used. */
interface Row {
  key: string;
  command: Command;
  slots: Slot[];
  byName: Map<string, Slot>;
}

type Rows = Record<Verb, Map<string, Row>>;

const ROWS_OF_KIND = new Map<string, Rows>(
  Object.entries(COMMANDS).map(([kind, table]) => [kind, rowsOf(table)]),
);
const ROWS_OF_DEVICE = new Map<string, Rows>([
  ...[...DEVICES].map(([device, kind]): [string, Rows] => [device, ROWS_OF_KIND.get(kind) as Rows]),
  [ALL_DEVICES, rowsOf({ 'DO STOP': COMMON['DO STOP'] })],
]);

function rowsOf(table: CommandTable): Rows {
  const rows: Rows = { DO: new Map(), GET: new Map(), SET: new Map() };
  for (const [key, command] of Object.entries(table)) {
    const [verb, item] = key.split(' ') as [Verb, string];
    const slots = Object.entries(command.parameters).map(([name, parameter]) => slotOf(name, parameter));
    rows[verb].set(item, { key, command, slots, byName: new Map(slots.map((slot) => [slot.name, slot])) });
  }
  return rows;
}

function slotOf(name: string, { kind, default: standard, optional }: Parameter<unknown>): Slot {
  return {
    name,
    kind,
    standard: standard === undefined ? undefined : parseValue(new Scanner(standard)),
    isOptional: optional ?? false,
  };
}

function rowOf(verb: Verb, device: string, item: string | undefined, text: string): Row {
  const rows = ROWS_OF_DEVICE.get(device);
  if (!rows) throw unknownDevice(device, text);
  if (item === undefined) {
    const column = text.trimEnd().length + 1;
    throw refusal(
      'UNKNOWN_COMMAND',
      `what to ${verb} is missing; there are ${known(rows[verb])}`,
      text,
      column,
    );
  }
  const row = rows[verb].get(item) ?? rows[verb].get(wildcard(item));
  if (row) return row;
  const reason = `${device} has no ${verb} ${item}; there are ${known(rows[verb])}`;
  throw refusal('UNKNOWN_COMMAND', reason, text, wordColumn(text, 2));
}

/** `FITS.OBSERVER` is a case of `FITS.*`. */
function wildcard(item: string): string {
  const point = item.indexOf('.');
  return point > 0 && point < item.length - 1 ? `${item.slice(0, point)}.*` : '';
}

function readValue(
  name: string,
  kind: Kind<unknown>,
  { value, column }: Argument,
  text: string,
  nowMs: number,
) {
  const found = kind.read(value, nowMs);
  if (found !== undefined) return found;
  throw refusal('INVALID_VALUE', `${name} must be ${kind.expected}`, text, column);
}

function unknownDevice(device: string, text: string): GrammarError {
  const channels = [...DEVICES.keys()].filter((name) => name.startsWith(`${device}:`));
  const reason =
    channels.length > 0
      ? `${device} needs its channel: ${channels.join(' or ')}`
      : `there is no device ${device}; there are ${[...DEVICES.keys()].join(', ')}`;
  return refusal('UNKNOWN_COMMAND', reason, text, wordColumn(text, 1));
}

function unknownArgument(
  { slots, key }: Row,
  { name, column }: Argument,
  text: string,
  index: number,
): GrammarError {
  const names = slots.map((slot) => slot.name).join(', ');
  const takes = names === '' ? `${key} takes no arguments` : `${key} takes ${names}`;
  const start = name === undefined ? column : column - name.length - 1;
  return refusal('SYNTAX', `${name ?? `argument ${index + 1}`} is unknown: ${takes}`, text, start);
}

function missing(name: string, kind: Kind<unknown>, text: string): GrammarError {
  return refusal('VALUE_NOT_SET', `${name}= is missing: ${kind.expected}`, text, text.trimEnd().length + 1);
}

function known(rows: Map<string, Row>): string {
  return [...rows.keys()].join(', ') || 'none';
}

/** Where the word of a number (from 0) begins. */
function wordColumn(text: string, number: number): number {
  const words = [...text.matchAll(/[^ ]+/g)];
  return (words[number]?.index ?? text.length) + 1;
}

function refusal(code: InstrumentErrorCode, reason: string, text: string, column: number): GrammarError {
  return new GrammarError(code, reason, text, column);
}
