// Kinds of values that are no angles: quantities with a unit, words, texts, times, lists.
import { isoTime } from '../../clock/index.js';
import { type Kind, partsOf, rangeText, rangeWords, rounded, wordOf } from './kind.js';
import type { ScalarValue } from './sentence.js';
import { converted, type Unit, unitsLike } from './units.js';
import { writeText, writeWord } from './write-sentence.js';

/** Decimals of an answer, where its kind does not say. */
const DECIMALS = 3;

/** Longest text of a parameter, in characters. */
const LONGEST_TEXT = 200;

/** A quantity in a unit; a bare number is in that unit, others of its dimension are converted. */
export function quantity(unit: Unit, least: number, most: number, decimals = DECIMALS): Kind<number> {
  const others = unitsLike(unit).join(', ');
  return {
    unit,
    brief: rangeText(least, most, unit),
    expected: `a number ${rangeWords(least, most, unit)}${others === unit ? '' : ` (or ${others})`}`,
    read: (value) => {
      if (value.kind !== 'number') return undefined;
      const amount = value.unit === undefined ? value.value : converted(value.value, value.unit, unit);
      return amount !== undefined && amount >= least && amount <= most ? amount : undefined;
    },
    write: (value) => `${rounded(value, decimals)}${unit}`,
  };
}

/** A number without a unit. */
export function plain(least = -Infinity, most = Infinity, decimals = DECIMALS): Kind<number> {
  return {
    brief: rangeText(least, most),
    expected: `a number ${rangeWords(least, most)}`.trim(),
    read: (value) => within(value, least, most, () => true),
    write: (value) => rounded(value, decimals),
  };
}

/** A whole number, with or without a unit. */
export function whole(least: number, most: number, unit?: Unit): Kind<number> {
  const behind = unit ?? '';
  return {
    ...(unit && { unit }),
    brief: rangeText(least, most, behind),
    expected: `a whole number ${rangeWords(least, most, behind)}`,
    read: (value) => within(value, least, most, Number.isInteger, unit),
    write: (value) => `${value}${behind}`,
  };
}

/** One of some words, whose capitals do not matter. */
export function word<const W extends string>(...words: W[]): Kind<W> {
  return {
    brief: words.join(','),
    expected: words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : (words[0] ?? ''),
    read: (value) => {
      const text = wordOf(value)?.toUpperCase();
      return words.find((one) => one === text);
    },
    write: (value) => value,
  };
}

/** `ON` or `OFF`, or two other words for true and false; 1 and 0 as well. */
export function either(yes: string, no: string): Kind<boolean> {
  return {
    brief: `${yes},${no}`,
    expected: `${yes} or ${no}`,
    read: (value) => {
      if (value.kind === 'number') return value.value === 1 ? true : value.value === 0 ? false : undefined;
      const text = wordOf(value)?.toUpperCase();
      return text === yes ? true : text === no ? false : undefined;
    },
    write: (value) => (value ? yes : no),
  };
}

export const onOff = either('ON', 'OFF');

/** Any text, in quotes where it is not a NAME. */
export const text: Kind<string> = {
  brief: 'text',
  expected: `a name, or a text in quotes, of 1 to ${LONGEST_TEXT} characters`,
  read: (value) => {
    const found = wordOf(value);
    return found !== undefined && found.length > 0 && found.length <= LONGEST_TEXT ? found : undefined;
  },
  write: writeWord,
};

/** As {@link text}, and always in quotes when written. */
export const sentenceText: Kind<string> = { ...text, write: writeText };

/** A NAME in capitals: an item of a device, for its help. */
export const itemName: Kind<string> = {
  brief: 'item',
  expected: 'a name, such as GOTO or LIMIT.ALT',
  read: (value) => (value.kind === 'name' ? value.text.toUpperCase() : undefined),
  write: (value) => value,
};

/** The name or the number of a place, such as of a filter. */
export function nameOrNumber(most: number): Kind<string | number> {
  const number = whole(1, most);
  return {
    brief: `name,1..${most}`,
    expected: `a name, or a whole number from 1 to ${most}`,
    read: (value, nowMs) => (value.kind === 'number' ? number.read(value, nowMs) : text.read(value, nowMs)),
    write: (value) => (typeof value === 'number' ? String(value) : writeWord(value)),
  };
}

/** A number, a name or a text: the value of a header card. */
export const anyScalar: Kind<string | number> = {
  brief: 'value',
  expected: 'a number without unit, a name, or a text in quotes',
  read: (value, nowMs) => {
    if (value.kind === 'number' && value.unit === undefined) return value.value;
    return value.kind === 'string' && value.text === '' ? '' : text.read(value, nowMs);
  },
  write: (value) => (typeof value === 'number' ? String(value) : writeWord(value)),
};

/** So many whole numbers, each with its range. */
export function wholes(ranges: readonly (readonly [least: number, most: number])[]): Kind<number[]> {
  const kinds = ranges.map(([least, most]) => whole(least, most));
  return {
    brief: kinds.map(({ brief }) => brief).join(','),
    expected: `${ranges.length} whole numbers, separated by commas: ${kinds.map(({ brief }) => brief).join(', ')}`,
    read: (value, nowMs) => {
      const parts = partsOf(value);
      if (parts.length !== kinds.length) return undefined;
      const numbers = kinds.map((kind, index) => kind.read(parts[index] as ScalarValue, nowMs));
      return numbers.includes(undefined) ? undefined : (numbers as number[]);
    },
    write: (values) => values.join(','),
  };
}

/** Texts, separated by commas; an empty list is written as `NONE`. */
export const texts: Kind<readonly string[]> = {
  brief: 'texts',
  expected: 'names or texts in quotes, separated by commas',
  read: (value) => {
    const words = partsOf(value).map(wordOf);
    return words.includes(undefined) ? undefined : (words as string[]);
  },
  write: (values) => (values.length === 0 ? 'NONE' : values.map(writeWord).join(',')),
};

/** How far ahead of now a command may be told to act, in ms. */
const FARTHEST_AHEAD_MS = 86_400_000;

/** A time in UTC, in ms since 1970: absolute, so much from now, or `NOW`. */
export const time: Kind<number> = {
  brief: 'time',
  expected: 'a time such as 2026-11-23T03:00:00Z, +10s or NOW, at most a day ahead',
  read: (value, nowMs) => {
    const timeMs = readTime(value, nowMs);
    return timeMs !== undefined && timeMs - nowMs <= FARTHEST_AHEAD_MS ? timeMs : undefined;
  },
  write: isoTime,
};

function readTime(value: ScalarValue | { kind: 'list' }, nowMs: number): number | undefined {
  if (value.kind === 'time') return value.timeMs;
  if (value.kind === 'name') return value.text.toUpperCase() === 'NOW' ? nowMs : undefined;
  if (value.kind !== 'number' || !value.plus || value.unit === undefined) return undefined;
  const aheadS = converted(value.value, value.unit, 's');
  return aheadS === undefined ? undefined : nowMs + aheadS * 1000;
}

function within(
  value: ScalarValue | { kind: 'list' },
  least: number,
  most: number,
  fits: (value: number) => boolean,
  unit?: Unit,
): number | undefined {
  if (value.kind !== 'number' || (value.unit !== undefined && value.unit !== unit)) return undefined;
  return value.value >= least && value.value <= most && fits(value.value) ? value.value : undefined;
}
