// Writes sentences and values so that they are read back as the same.
import { isLetter, isNamePart } from './characters.js';
import type { Argument, ScalarValue, Sentence, SexagesimalValue, Value } from './sentence.js';

/** Decimals of the seconds of an angle that are kept: a millionth of a milliarcsec. */
const SECOND_DECIMALS = 9;

/** Writes a sentence in its usual form. */
export function writeSentence({ verb, device, item, arguments: args }: Sentence): string {
  const head = item === undefined ? `${verb} ${device}` : `${verb} ${device} ${item}`;
  return [head, ...args.map(writeArgument)].join(' ');
}

function writeArgument({ name, value }: Argument): string {
  return name === undefined ? writeValue(value) : `${name}=${writeValue(value)}`;
}

/** Writes a value. */
export function writeValue(value: Value): string {
  return value.kind === 'list' ? value.values.map(writeScalar).join(',') : writeScalar(value);
}

function writeScalar(value: ScalarValue): string {
  switch (value.kind) {
    case 'number':
      return `${value.plus ? '+' : ''}${writeNumber(value.value)}${value.unit ?? ''}`;
    case 'sexagesimal':
      return writeSexagesimal(value);
    case 'time':
      return new Date(value.timeMs).toISOString();
    case 'name':
      return value.text;
    case 'string':
      return writeText(value.text);
  }
}

/** A number; minus zero keeps its sign. */
export function writeNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A text in quotes. Control characters, which no sentence may hold, become spaces. */
export function writeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return `"${text.replace(/["\\]/g, '\\$&').replace(/[\x00-\x1f\x7f-\x9f]/g, ' ')}"`;
}

/** A text as a NAME where it is one, else in quotes. */
export function writeWord(text: string): string {
  return isName(text) ? text : writeText(text);
}

function isName(text: string): boolean {
  if (!isLetter(text.charCodeAt(0))) return false;
  for (let at = 1; at < text.length; at += 1) if (!isNamePart(text.charCodeAt(at))) return false;
  return true;
}

function writeSexagesimal({ style, negative, plus, whole, minutes, seconds }: SexagesimalValue): string {
  const sign = negative ? '-' : plus ? '+' : '';
  const first = `${sign}${String(whole).padStart(2, '0')}`;
  const second = String(minutes).padStart(2, '0');
  const third = seconds === undefined ? undefined : writeSeconds(seconds);
  if (style === ':') return third === undefined ? `${first}:${second}` : `${first}:${second}:${third}`;
  return `${first}${style}${second}m${third === undefined ? '' : `${third}s`}`;
}

function writeSeconds(seconds: number): string {
  // Not to be rounded up to 60, which is no second.
  const most = 60 - 10 ** -SECOND_DECIMALS;
  const [whole = '', fraction = ''] = Math.min(seconds, most).toFixed(SECOND_DECIMALS).split('.');
  const decimals = fraction.replace(/0+$/, '');
  return `${whole.padStart(2, '0')}${decimals && '.'}${decimals}`;
}
