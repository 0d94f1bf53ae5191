// Values in the form in which python/canonical.py prints what they should be.

/** A form of a value that can be compared, and that JSON can hold. */
export function canonical(value: unknown): unknown {
  if (typeof value === 'bigint')
    return { int: `${value < 0n ? '-' : ''}0x${(value < 0n ? -value : value).toString(16)}` };
  if (typeof value === 'number' && !Number.isFinite(value))
    return { float: String(value).toLowerCase().replace('infinity', 'inf') };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(canonical);
  if (value instanceof Date) return { time: value.getTime() };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (value instanceof Set) return { set: [...value].map(canonical).sort(byText) };
  if (value instanceof Map)
    return { map: Array.from(value, ([key, item]) => [canonical(key), canonical(item)]) };
  return { object: Object.fromEntries(Object.entries(value).map(([key, item]) => [key, canonical(item)])) };
}

function byText(a: unknown, b: unknown): number {
  return shown(a) < shown(b) ? -1 : 1;
}

/** As Python's str() orders the few things that the sets of the tests hold. */
function shown(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : String(value);
}
