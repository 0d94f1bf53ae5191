// One card of a FITS header and its 80 columns (FITS 4.0, section 4).
import { InstrumentError } from '../errors.js';

/** Columns of a line of a header. */
export const CARD_LENGTH = 80;

/** A value or a remark with its keyword. */
export type FitsCard = { keyword: string; comment?: string; unit?: string } & (
  | { kind: 'text'; value: string }
  | { kind: 'integer' | 'real'; value: number }
  | { kind: 'logical'; value: boolean }
  /** A keyword whose value is not defined. */
  | { kind: 'undefined' }
  /** COMMENT, HISTORY and the like: text without a value. */
  | { kind: 'remark'; value: string }
);

/** Between the quotes of one line there is room for this many characters. */
const TEXT_COLUMNS = 68;

/** Fixed format: numbers end, and comments begin after, this column counted from the value's first. */
const FIXED_COLUMNS = 20;

/** A remark has the columns from 9 on. */
const REMARK_COLUMNS = 72;

/** The lines of a card, each of 80 characters: several for long texts and remarks. */
export function cardLines(card: FitsCard): string[] {
  checkKeyword(card.keyword);
  if (card.kind === 'remark') return remarkLines(card.keyword, card.value);
  const pieces = valuePieces(card);
  return pieces.map((piece, n) => {
    const start = n === 0 ? `${card.keyword.padEnd(8)}= ` : 'CONTINUE  ';
    return line(start + piece + (n === pieces.length - 1 ? commentPart(card, piece) : ''));
  });
}

/** Text that a header can hold: accents are dropped, what is not ASCII then becomes a question mark. */
export function printable(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{Mn}/gu, '');
  return plain.replace(/\s/g, ' ').replace(/[^ -~]/gu, '?');
}

function checkKeyword(keyword: string): void {
  if (/^[A-Z0-9_-]{1,8}$/.test(keyword)) return;
  const wanted = 'it must be 1 to 8 of A-Z 0-9 _ -';
  throw new InstrumentError('INVALID_VALUE', `the FITS keyword ${JSON.stringify(keyword)}: ${wanted}`);
}

function line(text: string): string {
  return text.slice(0, CARD_LENGTH).padEnd(CARD_LENGTH);
}

function remarkLines(keyword: string, text: string): string[] {
  const rows = text.split(/\r?\n/).flatMap((row) => wrapped(printable(row)));
  return rows.map((row) => line(keyword.padEnd(8) + row));
}

/** Broken between words where there are any. */
function wrapped(text: string): string[] {
  const rows: string[] = [];
  let rest = text;
  while (rest.length > REMARK_COLUMNS) {
    const blank = rest.lastIndexOf(' ', REMARK_COLUMNS);
    const end = blank > 0 ? blank : REMARK_COLUMNS;
    rows.push(rest.slice(0, end));
    rest = rest.slice(blank > 0 ? end + 1 : end);
  }
  return [...rows, rest];
}

/** ` / [unit] comment`, cut where the line ends. */
function commentPart(card: FitsCard, value: string): string {
  const words = [card.unit && `[${card.unit}]`, card.comment].filter(Boolean).join(' ');
  return words ? `${' '.repeat(Math.max(0, FIXED_COLUMNS - value.length))} / ${printable(words)}` : '';
}

function valuePieces(card: Exclude<FitsCard, { kind: 'remark' }>): string[] {
  switch (card.kind) {
    case 'text':
      return textPieces(card.value);
    case 'logical':
      return [(card.value ? 'T' : 'F').padStart(FIXED_COLUMNS)];
    case 'integer':
      return [integerText(card.keyword, card.value).padStart(FIXED_COLUMNS)];
    case 'real':
      return [realText(card.keyword, card.value).padStart(FIXED_COLUMNS)];
    case 'undefined':
      return [' '.repeat(FIXED_COLUMNS)];
  }
}

/** Quoted; one that is too long goes on in CONTINUE lines, each but the last ending with an ampersand. */
function textPieces(value: string): string[] {
  // Never between the two quotes that stand for one, hence the split into whole characters.
  const characters = Array.from(printable(value), (character) => (character === "'" ? "''" : character));
  if (characters.join('').length <= TEXT_COLUMNS) return [`'${characters.join('').padEnd(value ? 8 : 0)}'`];
  const pieces = [''];
  for (const character of characters) {
    const last = pieces[pieces.length - 1] ?? '';
    if (last.length + character.length < TEXT_COLUMNS) pieces[pieces.length - 1] = last + character;
    else pieces.push(character);
  }
  return pieces.map((piece, n) => `'${piece}${n < pieces.length - 1 ? '&' : ''}'`);
}

function integerText(keyword: string, value: number): string {
  if (Number.isSafeInteger(value)) return String(value + 0);
  throw new InstrumentError('INVALID_VALUE', `${keyword} is ${value}: it must be a whole number`);
}

/** The shortest text that gives the number back, or as many digits as the columns hold. */
function realText(keyword: string, value: number): string {
  if (!Number.isFinite(value)) {
    throw new InstrumentError('INVALID_VALUE', `${keyword} is ${value}: FITS has no such number`);
  }
  let text = withPoint(String(value));
  for (let digits = 15; text.length > FIXED_COLUMNS; digits -= 1) text = withPoint(value.toPrecision(digits));
  return text;
}

/** `1e-7` as `1.0E-7`, `5` as `5.0`. */
function withPoint(text: string): string {
  const [mantissa = '', exponent] = text.split('e');
  const real = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? real : `${real}E${exponent}`;
}
