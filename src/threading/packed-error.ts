// Errors on their way to another thread: structured clone would drop their name, code and class.
import { errorCode, errorText } from '../errors/index.js';

/** An error as plain data. */
export interface PackedError {
  name: string;
  message: string;
  stack: string | undefined;
  code: string | undefined;
  cause: PackedError | undefined;
}

/** Causes of causes beyond this number are left out. */
const MAX_CAUSES = 8;

/** Plain data of anything that was thrown. */
export function packError(error: unknown, causesLeft = MAX_CAUSES): PackedError {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: errorText(error), stack: undefined, code: undefined, cause: undefined };
  }
  const { name, message, stack } = error;
  const hasCause = error.cause !== undefined && causesLeft > 0;
  const cause = hasCause ? packError(error.cause, causesLeft - 1) : undefined;
  return { name: String(name), message: String(message), stack, code: errorCode(error), cause };
}

/** An Error with the name, message, stack, code and causes of the one that was packed; its class is `Error`. */
export function unpackError(packed: PackedError): Error {
  const options = packed.cause ? { cause: unpackError(packed.cause) } : {};
  const error = new Error(packed.message, options);
  error.name = packed.name;
  if (packed.stack !== undefined) error.stack = packed.stack;
  return packed.code === undefined ? error : Object.assign(error, { code: packed.code });
}
