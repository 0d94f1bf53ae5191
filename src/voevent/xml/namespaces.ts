// The namespaces in scope of an element: a chain, so that declaring one costs nothing for those that are there.

/** Prefixes bound by one element, and the scope it stands in. */
export interface Scope {
  readonly bound: ReadonlyMap<string, string>;
  readonly outer?: Scope | undefined;
}

/** What is bound before a document begins. */
export const OUTERMOST: Scope = {
  bound: new Map([
    ['', ''],
    ['xml', 'http://www.w3.org/XML/1998/namespace'],
    ['xmlns', 'http://www.w3.org/2000/xmlns/'],
  ]),
};

/** The namespace that `prefix` is bound to; absent when it is not. */
export function namespaceOf(prefix: string, scope: Scope): string | undefined {
  for (let one: Scope | undefined = scope; one; one = one.outer) {
    const found = one.bound.get(prefix);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The scope inside of an element with these attributes. */
export function scopeWith(attributes: ReadonlyMap<string, string>, outer: Scope): Scope {
  let bound: Map<string, string> | undefined;
  for (const [name, value] of attributes) {
    if (!name.startsWith('xmlns')) continue;
    // A prefix cannot be unbound in Namespaces 1.0: an empty one is as if it were not there.
    if (name !== 'xmlns' && (name[5] !== ':' || value === '')) continue;
    bound ??= new Map();
    bound.set(name.slice(6), value);
  }
  return bound ? { bound, outer } : outer;
}

/** `[prefix, local]` of a name as written; the prefix is empty when it has none. */
export function splitName(qualifiedName: string): [prefix: string, local: string] {
  const colon = qualifiedName.indexOf(':');
  return colon < 0 ? ['', qualifiedName] : [qualifiedName.slice(0, colon), qualifiedName.slice(colon + 1)];
}
