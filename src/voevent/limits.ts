// What an event may measure at most: everything that a stranger can make us keep or compute is bounded.

/** Limits of one event. */
export interface VOEventLimits {
  /** Bytes of the whole document, and of a frame that holds one. @defaultValue 4 MiB, what GCN may send */
  maxBytes: number;
  /** Elements inside of each other. @defaultValue 64 */
  maxDepth: number;
  /** Elements in all. @defaultValue 50,000 */
  maxElements: number;
  /** Attributes of one element. @defaultValue 256 */
  maxAttributes: number;
}

export const DEFAULT_LIMITS: Readonly<VOEventLimits> = Object.freeze({
  maxBytes: 4 * 1024 * 1024,
  maxDepth: 64,
  maxElements: 50_000,
  maxAttributes: 256,
});

/** `limits`, filled up with the defaults. */
export function withDefaults(limits: Partial<VOEventLimits> = {}): VOEventLimits {
  return { ...DEFAULT_LIMITS, ...limits };
}
