// What may be sent: plain data. Anything else is told at the call, with its place, not in a worker an hour later.
import { EncodeError } from './errors.js';
import { MAX_DEPTH, MAX_INTEGER_DIGITS } from './limits.js';

/** What a serializer cannot write as it stands, beyond what none can. */
export interface Abilities {
  name: string;
  /** The smallest and the largest integer. */
  minInteger: bigint;
  maxInteger: bigint;
  /** Whether a number goes through unchanged. */
  takesNumber(value: number): boolean;
  /** Whether `undefined` is left out of objects, and null elsewhere, by itself. */
  takesUndefined: boolean;
}

/** The limits of integers that are written as text. */
export const TEXT_INTEGERS = {
  minInteger: -(10n ** BigInt(MAX_INTEGER_DIGITS)) + 1n,
  maxInteger: 10n ** BigInt(MAX_INTEGER_DIGITS) - 1n,
};

/**
 * Whether a value is nothing but texts, ordinary numbers, true, false, null, arrays and plain objects, which is
 * what nearly all are, and what needs no second look.
 */
export function isOrdinary(value: unknown, abilities: Abilities, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return abilities.takesNumber(value);
    case 'undefined':
      return abilities.takesUndefined && depth > 0;
    case 'object':
      return value === null || hasOrdinaryParts(value, abilities, depth);
    default:
      return false;
  }
}

function hasOrdinaryParts(value: object, abilities: Abilities, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (!isOrdinary(item, abilities, depth + 1)) return false;
    return true;
  }
  if (!isPlainObject(value) || 'toJSON' in value) return false;
  for (const key in value)
    if (!isOrdinary((value as Record<string, unknown>)[key], abilities, depth + 1)) return false;
  return true;
}

/** Whether an object is one of a literal, and of no class. */
export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Where the walk of {@link plainData} stands. */
interface Walk {
  abilities: Abilities;
  /** Names of the elements of the outermost array, such as args and kwargs. */
  names: readonly string[];
  path: (string | number)[];
  above: Set<object>;
}

/**
 * A copy of a value that has only what every serializer writes: texts, numbers, big integers, booleans, null, Date,
 * Uint8Array, arrays and plain objects. `undefined` becomes null, or is left out of an object; `toJSON` is asked.
 * @throws EncodeError with the path of the first thing that is no data
 */
export function plainData(value: unknown, abilities: Abilities, names: readonly string[] = []): unknown {
  return copy(value, { abilities, names, path: [], above: new Set() });
}

function copy(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'undefined':
      return null;
    case 'number':
      return copyNumber(value, walk);
    case 'bigint':
      return copyInteger(value, walk);
    case 'object':
      return value === null ? null : copyObject(value, walk);
    case 'function':
      throw refusal(walk, `the ${isClass(value) ? 'class' : 'function'} ${value.name || 'without a name'}`);
    default:
      throw refusal(walk, String(value));
  }
}

function isClass(value: unknown): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function copyNumber(value: number, walk: Walk): number | bigint {
  // A whole number that would be written as a float is an integer for the peer too.
  if (walk.abilities.takesNumber(value) || !Number.isSafeInteger(value)) return value;
  return BigInt(value);
}

function copyInteger(value: bigint, walk: Walk): bigint {
  const { name, minInteger, maxInteger } = walk.abilities;
  if (value >= minInteger && value <= maxInteger) return value;
  const digits = name === 'msgpack' ? '64 bits' : `${MAX_INTEGER_DIGITS} digits`;
  throw refusal(walk, `a BigInt of more than ${digits}, which ${name} cannot write`);
}

function copyObject(value: object, walk: Walk): unknown {
  if (value instanceof Date) return copyDate(value, walk);
  if (value instanceof Uint8Array) return value;
  if (walk.above.has(value)) throw refusal(walk, 'a circular reference');
  if (walk.path.length > MAX_DEPTH) throw refusal(walk, `over ${MAX_DEPTH} levels deep`);
  walk.above.add(value);
  const result = copyParts(value, walk);
  walk.above.delete(value);
  return result;
}

function copyDate(value: Date, walk: Walk): Date {
  const year = value.getUTCFullYear();
  if (year >= 1 && year <= 9999) return value;
  throw refusal(
    walk,
    Number.isNaN(year) ? 'an invalid Date' : `a Date of the year ${year}: 1 to 9999 are possible`,
  );
}

function copyParts(value: object, walk: Walk): unknown {
  if (Array.isArray(value)) return Array.from(value, (item, index) => copyAt(index, item, walk));
  if ('toJSON' in value && typeof value.toJSON === 'function') return copy(value.toJSON(''), walk);
  if (!isPlainObject(value)) throw refusal(walk, describe(value));
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, copyAt(key, item, walk)]));
}

function copyAt(place: string | number, item: unknown, walk: Walk): unknown {
  walk.path.push(place);
  const result = copy(item, walk);
  walk.path.pop();
  return result;
}

/** What stands in the place of plain data, and what could. */
const INSTEAD = new Map<string, string>([
  ['Map', 'a Map: take a plain object, or an array of pairs'],
  ['Set', 'a Set: take an array'],
  ['Promise', 'a Promise: await it'],
  ['Error', 'an Error: take its message'],
]);

function describe(value: object): string {
  const name: string = value.constructor?.name || 'an object without a class';
  return INSTEAD.get(name) ?? `an object of the class ${name}: take plain data`;
}

function refusal({ abilities, names, path }: Walk, found: string): EncodeError {
  return new EncodeError(`${pathText(path, names)} is ${found}; it cannot be sent by ${abilities.name}`);
}

function pathText(path: readonly (string | number)[], names: readonly string[]): string {
  const [first, ...rest] = path;
  if (first === undefined) return 'the value';
  const head = typeof first === 'number' ? (names[first] ?? `[${first}]`) : part(first).replace(/^\./, '');
  const text = head + rest.map(part).join('');
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}

function part(place: string | number): string {
  if (typeof place === 'number') return `[${place}]`;
  return /^[A-Za-z_$][\w$]*$/.test(place) ? `.${place}` : `[${JSON.stringify(place)}]`;
}
