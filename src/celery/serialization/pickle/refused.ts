// The two ways in which a pickle fails.
import { shorten } from '../../../errors/index.js';
import { DecodeError } from '../errors.js';

const LONGEST_NAME = 100;

/** The pickle asks for more than data. */
export function refused(asked: string): DecodeError {
  const printable = shorten(asked, LONGEST_NAME).replace(/\p{C}/gu, '?');
  return new DecodeError(
    `the pickle asks for ${printable}; only plain data is read, let the sender take the serializer json`,
    undefined,
    'PICKLE_REFUSED',
  );
}

/** The pickle is damaged. */
export function damaged(reason: string): DecodeError {
  return new DecodeError(`the pickle is damaged: ${reason}`);
}
