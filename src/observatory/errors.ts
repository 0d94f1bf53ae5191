// Errors of observing.
import { PyrosError } from '../errors/index.js';

/** Codes of an {@link ObservationError}. */
export type ObservationErrorCode = 'INVALID_PLAN' | 'NOT_ON_TARGET' | 'NOT_WANTED';

/** An observation could not be made. */
export class ObservationError extends PyrosError {
  declare readonly code: ObservationErrorCode;

  constructor(code: ObservationErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}
