// What is said between the broker and the thread of its XPath filters.

/** To the thread. Each is answered, in order. */
export type XPathOrder =
  | { job: number; kind: 'compile'; id: number; text: string }
  | { job: number; kind: 'forget'; id: number }
  | { job: number; kind: 'evaluate'; bytes: Uint8Array; ids: readonly number[] };

/** From the thread. */
export interface XPathAnswer {
  job: number;
  /** What is wrong with an expression, or with an event. */
  error?: string;
  verdicts?: [id: number, passes: boolean, ms: number][];
}
