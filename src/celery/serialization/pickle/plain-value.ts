// What the machine built, as plain values of JavaScript.
import { withDashes } from '../json.js';
import { offsetText, PickledName, TimeDelta, TimeZone, Uuid } from './constructors.js';
import { refused } from './refused.js';

/**
 * Turns dicts with text keys into objects, and helpers into what stands for them. Parts that are shared stay shared.
 * @param value - not circular, and not too deep
 */
export function plainValue(value: unknown): unknown {
  const done = new Map<object, unknown>();
  const convert = (item: unknown): unknown => {
    if (typeof item !== 'object' || item === null) return item;
    if (done.has(item)) return done.get(item);
    const result = convertObject(item, convert);
    done.set(item, result);
    return result;
  };
  return convert(value);
}

function convertObject(item: object, convert: (item: unknown) => unknown): unknown {
  if (Array.isArray(item)) return item.map(convert);
  if (item instanceof Map) return convertDict(item, convert);
  if (item instanceof Set) return new Set([...item].map(convert));
  if (item instanceof Uuid) return withDashes(item.digits);
  if (item instanceof TimeDelta) return item.seconds;
  if (item instanceof TimeZone) return item.offsetS === 0 ? 'UTC' : `UTC${offsetText(item)}`;
  if (item instanceof PickledName) throw refused(`${item.name} itself`);
  return item;
}

function convertDict(dict: Map<unknown, unknown>, convert: (item: unknown) => unknown): unknown {
  const entries = Array.from(dict, ([key, value]) => [convert(key), convert(value)] as const);
  const isObject = entries.every(([key]) => typeof key === 'string');
  // fromEntries makes a key "__proto__" one as any other.
  return isObject ? Object.fromEntries(entries as [string, unknown][]) : new Map(entries);
}
