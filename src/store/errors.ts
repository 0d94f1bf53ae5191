// Errors of the embedded database.
import { PyrosError } from '../errors/index.js';

/** Codes of a {@link StoreError}. */
export type StoreErrorCode =
  | 'STORE_OPEN_FAILED'
  | 'STORE_CLOSED'
  | 'STORE_WRITE_FAILED'
  | 'STORE_NO_TRANSACTION';

/** The embedded database could not do what was asked. */
export class StoreError extends PyrosError {
  declare readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}
