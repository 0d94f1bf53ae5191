// Reads one line of a FITS header.
import type { FitsCard } from './card.js';

/** Text in quotes (two quotes stand for one), or anything else, and the comment behind a slash. */
const TEXT_VALUE = /^ *'((?:[^']|'')*)' *(?:\/(.*))?$/;
const PLAIN_VALUE = /^ *([^/ ]*) *(?:\/(.*))?$/;
const INTEGER = /^[+-]?\d+$/;
const REAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[ED][+-]?\d+)?$/i;
const UNIT = /^\[([^\]]*)\] ?(.*)$/;

/** A card of one line. What cannot be understood is kept as a remark: a stranger's file stays readable. */
export function parseCard(line: string): FitsCard {
  const keyword = line.slice(0, 8).trimEnd();
  const remark: FitsCard = { keyword, kind: 'remark', value: line.slice(8).trimEnd() };
  if (line.slice(8, 10) !== '= ') return remark;
  return valueCard(keyword, line.slice(10)) ?? remark;
}

/**
 * The text with which a CONTINUE line goes on, when `before` ends with an ampersand.
 * @returns the whole card, or `undefined` when the line does not continue it
 */
export function continuedCard(before: FitsCard | undefined, line: string): FitsCard | undefined {
  if (!line.startsWith('CONTINUE  ') || before?.kind !== 'text' || !before.value.endsWith('&'))
    return undefined;
  const next = valueCard(before.keyword, line.slice(10));
  if (next?.kind !== 'text') return undefined;
  const comment = [before.comment, next.comment].filter(Boolean).join(' ');
  return {
    ...before,
    ...next,
    value: before.value.slice(0, -1) + next.value,
    ...(comment && { comment }),
  };
}

function valueCard(keyword: string, field: string): FitsCard | undefined {
  const quoted = TEXT_VALUE.exec(field);
  if (quoted) {
    // Blanks at the end of a text do not count.
    const value = (quoted[1] ?? '').replaceAll("''", "'").trimEnd();
    return { keyword, kind: 'text', value, ...commentOf(quoted[2]) };
  }
  const plain = PLAIN_VALUE.exec(field);
  const value = plain && plainValue(plain[1] ?? '');
  return value ? { keyword, ...value, ...commentOf(plain[2]) } : undefined;
}

type PlainValue =
  | { kind: 'integer' | 'real'; value: number }
  | { kind: 'logical'; value: boolean }
  | { kind: 'undefined' };

function plainValue(text: string): PlainValue | undefined {
  if (text === '') return { kind: 'undefined' };
  if (text === 'T' || text === 'F') return { kind: 'logical', value: text === 'T' };
  if (INTEGER.test(text)) return { kind: 'integer', value: Number(text) };
  if (REAL.test(text)) return { kind: 'real', value: Number(text.replace(/D/i, 'E')) };
  return undefined;
}

function commentOf(text: string | undefined): { comment?: string; unit?: string } {
  const [, unit, rest] = UNIT.exec(text?.trim() ?? '') ?? [];
  const comment = unit === undefined ? text?.trim() : rest;
  return { ...(comment && { comment }), ...(unit && { unit }) };
}
