// MessagePack as Python's msgpack reads and writes it: strings and bytes apart, no extension but the time stamp.
import { Packr, Unpackr } from 'msgpackr';
import { errorText } from '../../errors/index.js';
import { DecodeError } from './errors.js';
import { requireSoundMsgpack } from './msgpack-check.js';
import { type Abilities, isOrdinary, plainData } from './plain-data.js';

const ABILITIES: Abilities = {
  name: 'msgpack',
  minInteger: -(2n ** 63n),
  maxInteger: 2n ** 64n - 1n,
  // The package writes whole numbers of more than 32 bits as floats.
  takesNumber: (value) => !Number.isSafeInteger(value) || (value >= -(2 ** 31) && value < 2 ** 32),
  takesUndefined: false,
};

const packr = new Packr({ useRecords: false, variableMapSize: true });
/** Numbers where they are exact, else BigInt; the package's types have forgotten that it can. */
const EXACT = 'auto' as 'bigint';
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: EXACT });

/** @throws EncodeError */
export function encodeMsgpack(value: unknown, names?: readonly string[]): Uint8Array {
  return packr.pack(isOrdinary(value, ABILITIES) ? value : plainData(value, ABILITIES, names));
}

/** @throws DecodeError */
export function decodeMsgpack(body: Uint8Array): unknown {
  requireSoundMsgpack(body);
  try {
    return unpackr.unpack(body);
  } catch (error) {
    throw new DecodeError(`the body is not MessagePack: ${errorText(error)}`, error);
  }
}
