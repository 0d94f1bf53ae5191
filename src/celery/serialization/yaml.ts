// YAML as PyYAML's safe_dump writes it and safe_load reads it: YAML 1.1, by PyYAML's own rules for plain scalars,
// which are neither those of YAML 1.1 nor of 1.2 to the letter (`y` and `1e5` are texts, `yes` is not).
import { isUtf8 } from 'node:buffer';
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { CST, ScalarTag } from 'yaml';
import { errorText } from '../../errors/index.js';
import { DecodeError } from './errors.js';
import { dateFromIso } from './iso-time.js';
import { MAX_DEPTH, MAX_INTEGER_DIGITS, requireBounded } from './limits.js';
import { type Abilities, isOrdinary, plainData, TEXT_INTEGERS } from './plain-data.js';

/** Loaded with the first document: it takes 8 MiB, and few send YAML. */
function yaml(): typeof Yaml {
  return createRequire(import.meta.url)('yaml') as typeof Yaml;
}

const ABILITIES: Abilities = {
  name: 'yaml',
  ...TEXT_INTEGERS,
  takesNumber: () => true,
  takesUndefined: false,
};

/** A body of this length takes about a second to read. */
const MAX_YAML_BYTES = 2 ** 20;
/** References to anchors, multiplied with those that they refer to. */
const MAX_ALIASES = 10_000;

const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INTEGER = /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*(?::[0-5]?[0-9])*)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const TIME =
  /^\d{4}-(?:\d\d-\d\d|\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/;

const TAGS: ScalarTag[] = [
  {
    tag: 'tag:yaml.org,2002:null',
    default: true,
    test: /^(?:~|null|Null|NULL)?$/,
    identify: (value) => value == null,
    resolve: () => null,
    stringify: () => 'null',
  },
  {
    tag: 'tag:yaml.org,2002:bool',
    default: true,
    test: new RegExp(`${TRUE.source}|${FALSE.source}`),
    identify: (value) => typeof value === 'boolean',
    resolve: (text) => TRUE.test(text),
    stringify: ({ value }) => String(value),
  },
  {
    tag: 'tag:yaml.org,2002:int',
    default: true,
    test: INTEGER,
    identify: (value) => typeof value === 'bigint' || Number.isSafeInteger(value),
    resolve: integer,
    stringify: ({ value }) => String(value),
  },
  {
    tag: 'tag:yaml.org,2002:float',
    default: true,
    test: FLOAT,
    identify: (value) => typeof value === 'number',
    resolve: float,
    stringify: ({ value }) => floatText(value as number),
  },
  {
    tag: 'tag:yaml.org,2002:timestamp',
    default: true,
    test: TIME,
    identify: (value) => value instanceof Date,
    resolve: timestamp,
    stringify: ({ value }) => (value as Date).toISOString(),
  },
  {
    tag: 'tag:yaml.org,2002:binary',
    identify: (value) => value instanceof Uint8Array,
    resolve: (text) => new Uint8Array(Buffer.from(text, 'base64')),
    stringify: ({ value }) => `"${Buffer.from(value as Uint8Array).toString('base64')}"`,
  },
];

function integer(text: string): number | bigint | string {
  if (text.length > MAX_INTEGER_DIGITS) return text;
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/.exec(text.replaceAll('_', '')) ?? [];
  const size = digits.includes(':') ? sexagesimal(digits.split(':')) : BigInt(octal(digits));
  const value = sign === '-' ? -size : size;
  return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** `017` is `0o17` in YAML 1.1. */
function octal(digits: string): string {
  return /^0\d/.test(digits) ? digits.replace(/^0/, '0o') : digits;
}

function sexagesimal(parts: readonly string[]): bigint {
  return parts.reduce((sum, part) => sum * 60n + BigInt(part), 0n);
}

function float(text: string): number {
  const lower = text.replaceAll('_', '').toLowerCase();
  if (lower === '.nan') return Number.NaN;
  if (lower.endsWith('.inf')) return lower.startsWith('-') ? -Infinity : Infinity;
  if (!lower.includes(':')) return Number(lower);
  const size = lower
    .replace(/^[-+]/, '')
    .split(':')
    .reduce((sum, part) => sum * 60 + Number(part), 0);
  return lower.startsWith('-') ? -size : size;
}

/** PyYAML takes a number for a float only with a point, and with a sign at its exponent. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  const [mantissa = '', exponent] = String(value).split('e');
  const pointed = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? pointed : `${pointed}e${exponent.replace(/^(?=\d)/, '+')}`;
}

/** A day alone stays a text, as a date does in the other serializers. */
function timestamp(text: string): Date | string {
  return dateFromIso(text) ?? text;
}

const SCHEMA = { schema: 'failsafe', customTags: TAGS, version: '1.1' } as const;

/** @throws EncodeError */
export function encodeYaml(value: unknown, names?: readonly string[]): Uint8Array {
  const data = isOrdinary(value, ABILITIES) ? value : plainData(value, ABILITIES, names);
  const document = new (yaml().Document)(data, { ...SCHEMA, aliasDuplicateObjects: false });
  // Every text in quotes: then no reader takes one for a number, a time or a truth value.
  const text = document.toString({
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'QUOTE_DOUBLE',
    lineWidth: 0,
    collectionStyle: 'flow',
  });
  return Buffer.from(text);
}

/** @throws DecodeError */
export function decodeYaml(body: Uint8Array): unknown {
  if (!isUtf8(body)) throw new DecodeError('the body is not YAML: it is not UTF-8');
  if (body.length > MAX_YAML_BYTES)
    throw new DecodeError(`the body has ${body.length} bytes: YAML is read up to ${MAX_YAML_BYTES}`);
  return requireBounded(parse(Buffer.from(body).toString()));
}

function parse(text: string): unknown {
  try {
    // The first half of the package is a loop; the second descends, and a process whose stack is full when it first
    // meets a regular expression is ended by V8 without an exception: so the depth is known before.
    const tokens = [...new (yaml().Parser)().parse(text)];
    requireShallow(tokens);
    const options = { ...SCHEMA, merge: true, uniqueKeys: false, prettyErrors: false };
    const [document, another] = new (yaml().Composer)(options).compose(tokens, true, text.length);
    if (!document || another) throw new Error('it is not one document');
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw problem;
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError(`the body is not YAML: ${errorText(error)}`, error);
  }
}

function requireShallow(tokens: readonly CST.Token[]): void {
  let level = tokens;
  for (let depth = 0; level.length > 0; depth++) {
    // The document is a level here, and so are the values in the deepest list.
    if (depth > MAX_DEPTH + 2) throw new DecodeError(`the body is over ${MAX_DEPTH} levels deep`);
    level = level.flatMap(partsOf);
  }
}

function partsOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((part) => part != null));
}
