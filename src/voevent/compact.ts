// Objects without holes: what is not known is absent, and never a key with `undefined`.

/** The fields of a `T`, of which the optional ones may be `undefined`. */
export type Fields<T> = { [K in keyof T]: T[K] | undefined };

/** `fields` without those that are `undefined`. The type lets only optional ones be so. */
export function compact<T extends object>(fields: Fields<T>): T {
  const kept: Partial<T> = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept as T;
}

/** `list`, or nothing when it is empty. */
export function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}
