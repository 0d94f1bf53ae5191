// JSON as kombu 5.3 and later write it: what JSON has no form for stands as {"__type__": T, "__value__": V}.
import { isUtf8 } from 'node:buffer';
import { DecodeError } from './errors.js';
import { dateFromIso, pythonIso } from './iso-time.js';
import { MAX_DEPTH, MAX_INTEGER_DIGITS, requireBounded } from './limits.js';
import { type Abilities, isOrdinary, plainData, TEXT_INTEGERS } from './plain-data.js';

const ABILITIES: Abilities = {
  name: 'json',
  ...TEXT_INTEGERS,
  takesNumber: Number.isFinite,
  takesUndefined: true,
};

/** @throws EncodeError */
export function encodeJson(value: unknown, names?: readonly string[]): Uint8Array {
  const text = isOrdinary(value, ABILITIES)
    ? JSON.stringify(value)
    : write(plainData(value, ABILITIES, names));
  return Buffer.from(text);
}

/** What JSON.stringify would lose: times, bytes, large integers, and the numbers that only Python's JSON has. */
function write(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value instanceof Date) return typed('datetime', pythonIso(value));
  if (value instanceof Uint8Array) return writeBytes(value);
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`);
  return `{${members.join(',')}}`;
}

function writeBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(bytes) ? typed('bytes', buffer.toString()) : typed('base64', buffer.toString('base64'));
}

function typed(type: string, value: string): string {
  return JSON.stringify({ __type__: type, __value__: value });
}

/** A shorter body cannot be too deep. */
const SHORT_BODY = 2 * MAX_DEPTH;

/** @throws DecodeError */
export function decodeJson(body: Uint8Array): unknown {
  if (!isUtf8(body)) throw new DecodeError('the body is not JSON: it is not UTF-8');
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  const value = parse(text);
  if (text.length > SHORT_BODY) requireBounded(value);
  return text.includes('__type__') ? revive(value) : value;
}

/** What JSON.parse refuses or rounds: large integers, and Python's NaN and Infinity. */
const NEEDS_CARE = /\d{16}|NaN|Infinity/;

function parse(text: string): unknown {
  try {
    return NEEDS_CARE.test(text) ? revive(JSON.parse(withTypes(text))) : JSON.parse(text);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError('the body is not JSON', error);
  }
}

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|-?Infinity/g;

/** The same text with large integers and Python's numbers in forms that {@link revive} knows. */
function withTypes(text: string): string {
  return text.replace(TOKENS, (token) => {
    if (token.startsWith('"')) return token;
    if (/[NI]/.test(token)) return typed(SPECIAL_NUMBER, token);
    return /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token))
      ? typed(LARGE_INTEGER, token)
      : token;
  });
}

/** Types that are made here only, for what a body has without one. */
const SPECIAL_NUMBER = 'pyros.number';
const LARGE_INTEGER = 'pyros.integer';

/** How a value is made of its text, by its type. What JavaScript has no type for stays a text. */
const DECODERS: Record<string, (value: string) => unknown> = {
  datetime: (value) => dateFromIso(value) ?? dateFromIso(`${value} 00:00`),
  date: (value) =>
    dateFromIso(`${value.slice(0, 10)} 00:00`)
      ?.toISOString()
      .slice(0, 10),
  time: (value) => (/^\d\d(:\d\d)?/.test(value) ? value : undefined),
  decimal: (value) => value,
  bytes: (value) => new Uint8Array(Buffer.from(value)),
  base64: (value) => new Uint8Array(Buffer.from(value, 'base64')),
  [SPECIAL_NUMBER]: Number,
  [LARGE_INTEGER]: (value) => (value.length <= MAX_INTEGER_DIGITS + 1 ? BigInt(value) : undefined),
};

function revive(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = revive(value[index]);
    return value;
  }
  const members = value as Record<string, unknown>;
  const keys = Object.keys(members);
  const isTyped = keys.length === 2 && '__type__' in members && '__value__' in members;
  if (isTyped) return reviveTyped(String(members['__type__']), members['__value__']);
  for (const key of keys) if (key !== '__proto__') members[key] = revive(members[key]);
  return members;
}

function reviveTyped(type: string, value: unknown): unknown {
  if (type === 'uuid') return uuidText((value as { hex?: unknown } | null)?.hex);
  const decoder = Object.hasOwn(DECODERS, type) ? DECODERS[type] : undefined;
  if (!decoder) throw new DecodeError(`the body has a value of the unknown type "${type.slice(0, 80)}"`);
  const result = typeof value === 'string' ? decoder(value) : undefined;
  if (result === undefined) throw new DecodeError(`the body has a ${type} that is none`);
  return result;
}

function uuidText(hex: unknown): string {
  const digits = typeof hex === 'string' ? hex.replaceAll('-', '') : '';
  if (!/^[0-9a-f]{32}$/i.test(digits)) throw new DecodeError('the body has a uuid that is none');
  return withDashes(digits);
}

/** A UUID as people write it. */
export function withDashes(hex: string): string {
  return hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
