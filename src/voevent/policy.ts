// What is done with events that are not quite VOEvent 2.0.

/** Take it; take it and mark it; refuse it. */
export type Verdict = 'take' | 'mark' | 'refuse';

/** What may be wrong with an event that can be read all the same. */
export interface Policy {
  /** VOEvent 1.1, which is still on the network. */
  readonly version11: Verdict;
  /** VOEvent 2.1, which the IVOA prepares. */
  readonly version21: Verdict;
  /** The root element has no namespace: notices that were mailed. */
  readonly noNamespace: Verdict;
  /** It breaks the schema of VOEvent 2.0. */
  readonly schemaError: Verdict;
}

/** From authors: they can mend it. */
export const STRICT: Policy = Object.freeze({
  version11: 'refuse',
  version21: 'refuse',
  noNamespace: 'refuse',
  schemaError: 'refuse',
});

/** From remote brokers: a burst is worth more than its form. */
export const LENIENT: Policy = Object.freeze({
  version11: 'mark',
  version21: 'mark',
  noNamespace: 'mark',
  schemaError: 'mark',
});
