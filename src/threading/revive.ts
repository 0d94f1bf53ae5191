// Makes events and locks of what structured clone left of them, wherever they are in a value.
import type { Cells } from './cell-wait.js';
import { Event } from './event.js';
import { Lock } from './lock.js';
import { RLock } from './r-lock.js';
import type { SharedKind, SharedObject } from './shared-object.js';

const CLASSES: Record<SharedKind, new (cells: Cells) => SharedObject> = { Event, Lock, RLock };

/**
 * Replaces the clones of events and locks within `value`: in arrays, plain objects, maps and sets, at any depth.
 * Each object is visited once, so that circles do no harm and what was one object stays one. It changes `value`,
 * which must be this thread's own clone.
 */
export function revive<T>(value: T): T {
  const revived = new Map<object, SharedObject>();
  const seen = new Set<object>();
  const holder = { value };
  const open: object[] = [holder];
  const visit = (child: unknown): unknown => {
    if (typeof child !== 'object' || child === null) return child;
    if (isClone(child)) return sharedOf(child, revived);
    if (!seen.has(child)) open.push(child);
    seen.add(child);
    return child;
  };
  for (let parent = open.pop(); parent; parent = open.pop()) visitChildren(parent, visit);
  return holder.value;
}

function visitChildren(parent: object, visit: (child: unknown) => unknown): void {
  if (parent instanceof Map) visitMap(parent, visit);
  else if (parent instanceof Set) visitSet(parent, visit);
  // Numbers by the million come in typed arrays: nothing can be hidden there.
  else if (!ArrayBuffer.isView(parent)) visitFields(parent, visit);
}

function visitFields(parent: object, visit: (child: unknown) => unknown): void {
  for (const [key, child] of Object.entries(parent)) {
    const now = visit(child);
    if (now !== child) Object.assign(parent, { [key]: now });
  }
}

function visitMap(map: Map<unknown, unknown>, visit: (child: unknown) => unknown): void {
  for (const [key, child] of map) map.set(key, visit(child));
}

function visitSet(set: Set<unknown>, visit: (child: unknown) => unknown): void {
  const children = [...set].map(visit);
  set.clear();
  for (const child of children) set.add(child);
}

type Clone = { sharedKind: SharedKind; cells: Cells };

function isClone(value: object): value is Clone {
  if (!('sharedKind' in value) || !('cells' in value) || !(value.cells instanceof Int32Array)) return false;
  return typeof value.sharedKind === 'string' && Object.hasOwn(CLASSES, value.sharedKind);
}

function sharedOf(clone: Clone, revived: Map<object, SharedObject>): SharedObject {
  const shared = revived.get(clone) ?? new CLASSES[clone.sharedKind](clone.cells);
  revived.set(clone, shared);
  return shared;
}
