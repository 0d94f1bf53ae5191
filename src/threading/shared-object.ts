// What events and locks have in common: their state is shared memory, and they travel to another thread.
import type { Cells } from './cell-wait.js';

/** The classes that {@link SharedObject} knows; `revive` makes them anew on the other side. */
export type SharedKind = 'Event' | 'Lock' | 'RLock';

/**
 * An object that several threads share. Structured clone drops the class of an object and keeps its own fields:
 * these two are enough to make an object of the same class, over the same memory, in the other thread.
 */
export abstract class SharedObject {
  /** @internal */
  readonly sharedKind: SharedKind;
  /** @internal */
  readonly cells: Cells;

  constructor(kind: SharedKind, cells: Cells) {
    this.sharedKind = kind;
    this.cells = cells;
  }
}
