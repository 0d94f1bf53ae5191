// Reads one value of a sentence: a number, an angle, a time, a name, a text, or a list of them.
import {
  BACKSLASH,
  CAPITAL_T,
  CAPITAL_Z,
  COLON,
  COMMA,
  isControl,
  isDigit,
  isLetter,
  MINUS,
  PLUS,
  POINT,
  QUOTE,
  SMALL_D,
  SMALL_H,
  SMALL_M,
  SMALL_S,
} from './characters.js';
import type { Scanner } from './scanner.js';
import type { ScalarValue, SexagesimalValue, TimeValue, Value } from './sentence.js';
import { UNITS, unitOf } from './units.js';

/** Reads the value that begins here. @throws GrammarError */
export function parseValue(scanner: Scanner): Value {
  const first = parseScalar(scanner);
  if (scanner.peek() !== COMMA) return first;
  const values = [first];
  while (scanner.take(COMMA)) values.push(parseScalar(scanner));
  return { kind: 'list', values };
}

function parseScalar(scanner: Scanner): ScalarValue {
  const code = scanner.peek();
  if (isDigit(code) || code === MINUS || code === PLUS || code === POINT) return parseNumeric(scanner);
  if (code === QUOTE) return { kind: 'string', text: parseString(scanner) };
  if (isLetter(code)) return { kind: 'name', text: scanner.name() };
  throw scanner.error('expected a value');
}

/** What begins with a digit or a sign: only what follows tells a number from an angle and a time. */
function parseNumeric(scanner: Scanner): ScalarValue {
  const start = scanner.at;
  const plus = scanner.take(PLUS);
  const negative = !plus && scanner.take(MINUS);
  const digitsStart = scanner.at;
  const digits = scanner.digits();
  const code = scanner.peek();
  if (digits > 0) {
    if (code === COLON) return parseColons(scanner, digitsStart, plus, negative);
    if ((code === SMALL_H || code === SMALL_D) && isDigit(scanner.peek(1)))
      return parseLetters(scanner, digitsStart, plus, negative);
    if (code === MINUS && digits === 4 && isDigit(scanner.peek(1)) && digitsStart === start)
      return parseTime(scanner, start);
  }
  const fraction = scanner.take(POINT) ? scanner.digits() : 0;
  if (digits + fraction === 0) throw scanner.error('expected digits');
  scanner.exponent();
  const value = Number(scanner.text.slice(start, scanner.at));
  if (!Number.isFinite(value)) throw scanner.error('the number is too large', start);
  return { kind: 'number', value, unit: parseUnit(scanner), plus };
}

function parseUnit(scanner: Scanner) {
  const start = scanner.at;
  const text = scanner.unitText();
  if (text === '') return undefined;
  const unit = unitOf(text);
  if (unit) return unit;
  throw scanner.error(`"${text}" is no unit; there are ${UNITS.join(', ')}`, start);
}

/** `05:34:31.97`, behind the first field. */
function parseColons(scanner: Scanner, start: number, plus: boolean, negative: boolean): SexagesimalValue {
  const whole = wholeField(scanner, start);
  scanner.at += 1;
  const minutes = scanner.sixtieth('minutes');
  const seconds = scanner.take(COLON) ? scanner.seconds() : undefined;
  return { kind: 'sexagesimal', style: ':', negative, plus, whole, minutes, seconds };
}

/** `5h34m31.97s`, behind the first field. */
function parseLetters(scanner: Scanner, start: number, plus: boolean, negative: boolean): SexagesimalValue {
  const whole = wholeField(scanner, start);
  const style = scanner.take(SMALL_H) ? 'h' : 'd';
  if (style === 'd') scanner.at += 1;
  const minutes = scanner.sixtieth('minutes');
  if (!scanner.take(SMALL_M)) throw scanner.error('expected m after the minutes');
  let seconds: number | undefined;
  if (isDigit(scanner.peek())) {
    seconds = scanner.seconds();
    if (!scanner.take(SMALL_S)) throw scanner.error('expected s after the seconds');
  }
  return { kind: 'sexagesimal', style, negative, plus, whole, minutes, seconds };
}

function wholeField(scanner: Scanner, start: number): number {
  const whole = Number(scanner.text.slice(start, scanner.at));
  if (whole > Number.MAX_SAFE_INTEGER) throw scanner.error('the number is too large', start);
  return whole;
}

/** `2026-11-23T03:00:00.5Z`, behind the year. */
function parseTime(scanner: Scanner, start: number): TimeValue {
  for (const what of ['month', 'day'] as const) {
    if (!scanner.take(MINUS) || scanner.digits() !== 2)
      throw scanner.error(`expected -, a ${what} of two digits`);
  }
  if (!scanner.take(CAPITAL_T) || scanner.digits() !== 2)
    throw scanner.error('expected T and hours of two digits');
  if (!scanner.take(COLON)) throw scanner.error('expected : and minutes');
  scanner.sixtieth('minutes');
  if (scanner.take(COLON)) scanner.seconds();
  if (!scanner.take(CAPITAL_Z)) throw scanner.error('expected Z: times are UTC');
  const text = scanner.text.slice(start, scanner.at);
  const timeMs = Date.parse(text);
  // Some days that do not exist are taken for the first of the next month.
  const exists = !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(text.slice(0, 13));
  if (!exists) throw scanner.error('there is no such day or hour', start);
  return { kind: 'time', timeMs };
}

function parseString(scanner: Scanner): string {
  const { text } = scanner;
  const start = scanner.at;
  let parts = '';
  let from = start + 1;
  for (let at = from; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      scanner.at = at + 1;
      return parts + text.slice(from, at);
    }
    if (Number.isNaN(code)) throw scanner.error('the text that begins here has no closing quote', start);
    if (isControl(code)) throw scanner.error('a text holds no control characters', at);
    if (code !== BACKSLASH) continue;
    const next = text.charCodeAt(at + 1);
    if (next !== QUOTE && next !== BACKSLASH)
      throw scanner.error('a backslash stands before " or another backslash only', at);
    parts += text.slice(from, at);
    from = at + 1;
    at += 1;
  }
}
