// Errors of instruments: the names and numbers that a reply of the grammar carries.
import { PyrosError } from '../errors/index.js';

/** ASCOM's numbers where they exist, ours in its driver range from 1280 up. */
export const INSTRUMENT_ERROR_NUMBERS = {
  NOT_IMPLEMENTED: 1024,
  INVALID_VALUE: 1025,
  VALUE_NOT_SET: 1026,
  NOT_CONNECTED: 1031,
  PARKED: 1032,
  SLAVED: 1033,
  INVALID_OPERATION: 1035,
  UNKNOWN_COMMAND: 1036,
  DRIVER: 1280,
  SYNTAX: 1300,
  BUSY: 1301,
  ABORTED: 1302,
  TIMEOUT: 1303,
  BELOW_LIMIT: 1304,
  ABOVE_LIMIT: 1305,
  SUN_AVOIDANCE: 1306,
  INTERLOCK: 1307,
  UNSAFE: 1308,
  DENIED: 1309,
  NOT_READY: 1311,
  STORAGE: 1312,
  STALE: 1313,
} as const;

/** Codes of an {@link InstrumentError}. */
export type InstrumentErrorCode = keyof typeof INSTRUMENT_ERROR_NUMBERS;

/** An instrument refused a command or failed at it. */
export class InstrumentError extends PyrosError {
  declare readonly code: InstrumentErrorCode;
  /** The number of {@link InstrumentError.code} in replies of the grammar. */
  readonly number: number;

  constructor(code: InstrumentErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
    this.number = INSTRUMENT_ERROR_NUMBERS[code];
  }
}

/** The error of a number that is outside of its range, or not a number at all. */
export function outOfRange(name: string, value: unknown, wanted: string): InstrumentError {
  return new InstrumentError('INVALID_VALUE', `${name} is ${String(value)}: it must be ${wanted}`);
}
