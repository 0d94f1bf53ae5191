// Python's pickles, protocols 0 to 5, read as plain data. No name that a pickle holds is ever looked up: it either
// stands in the table of constructors.ts, which builds the value here, or the pickle is refused.
import { errorText } from '../../../errors/index.js';
import { DecodeError } from '../errors.js';
import { requireBounded } from '../limits.js';
import { PickleMachine } from './machine.js';
import { plainValue } from './plain-value.js';

/**
 * Reads a pickle. A dict with text keys becomes a plain object and any other a Map, set and frozenset a Set, tuple an
 * array, bytes and bytearray a Uint8Array, a large int a BigInt, datetime a Date; date, time, Decimal and UUID become
 * texts, timedelta seconds.
 * @throws DecodeError `DECODE_ERROR`, or `PICKLE_REFUSED` with the name of what it asked for
 */
export function decodePickle(body: Uint8Array): unknown {
  try {
    return plainValue(requireBounded(new PickleMachine(body).run()));
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError(`the pickle cannot be read: ${errorText(error)}`, error);
  }
}
