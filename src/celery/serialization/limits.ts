// What a stranger's body may cost.
import { DecodeError } from './errors.js';

/** How deep values may stand in each other, both ways. */
export const MAX_DEPTH = 200;

/** Values of one body, each counted as often as it is referred to: what a walk through all of it takes. */
export const MAX_VALUES = 1_000_000;

/** Decimal digits of an integer that is read or written as text: Python's own limit. */
export const MAX_INTEGER_DIGITS = 4300;

/** A body may grow to this when it is unpacked. */
export const MAX_UNPACKED_BYTES = 64 * 2 ** 20;

/** What stands below a value. */
interface Extent {
  values: number;
  levels: number;
}

const LEAF: Extent = { values: 1, levels: 0 };

/**
 * Looks that a value is a tree of bearable size, however often its parts share others.
 * @throws DecodeError when it is circular, too deep or too large
 */
export function requireBounded<T>(value: T): T {
  // Each shared part is measured once: an exponential tree of a few bytes costs a few steps.
  const measured = new Map<object, Extent>();
  const measure = (item: unknown, depth: number): Extent => {
    if (typeof item !== 'object' || item === null) return LEAF;
    const known = measured.get(item);
    requireDepth(depth + (known?.levels ?? 0));
    if (known) return known;
    const extent = { values: 1, levels: 0 };
    for (const part of partsOf(item)) add(extent, measure(part, depth + 1));
    measured.set(item, extent);
    return extent;
  };
  measure(value, 0);
  return value;
}

function requireDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new DecodeError(`the body is circular, or over ${MAX_DEPTH} levels deep`);
}

function add(extent: Extent, part: Extent): void {
  extent.values += part.values;
  extent.levels = Math.max(extent.levels, part.levels + 1);
  if (extent.values > MAX_VALUES) throw new DecodeError(`the body has over ${MAX_VALUES} values`);
}

function* partsOf(item: object): Generator<unknown> {
  if (Array.isArray(item) || item instanceof Set) yield* item;
  else if (item instanceof Map) for (const [key, value] of item) yield* [key, value];
  else if (!ArrayBuffer.isView(item) && !(item instanceof Date)) yield* Object.values(item);
}
