// The one place that says which failure ends a command with which exit code.
import { CommanderError } from 'commander';
import {
  EXIT_CONFIG,
  EXIT_FAILURE,
  EXIT_NOINPUT,
  EXIT_OK,
  EXIT_SOFTWARE,
  EXIT_UNAVAILABLE,
  EXIT_USAGE,
  errorCode,
  PyrosError,
} from '../src/errors/index.js';

import type { GrammarError } from '../src/instruments/index.js';

/** By code; what is not listed is an answer that is no, when PyROS raised it on purpose. */
const EXIT_CODES: Record<string, number> = {
  USAGE: EXIT_USAGE,
  UNKNOWN_AGENT: EXIT_USAGE,
  LOG_ELSEWHERE: EXIT_USAGE,
  // A call or a command that PyROS refuses as it was typed.
  INVALID_TASK: EXIT_USAGE,
  ENCODE_ERROR: EXIT_USAGE,
  NO_INPUT: EXIT_NOINPUT,
  CONFIG_NOT_FOUND: EXIT_CONFIG,
  CONFIG_INVALID: EXIT_CONFIG,
  SECRET_INVALID: EXIT_CONFIG,
  CERTIFICATE_INVALID: EXIT_CONFIG,
  // No answer is not the answer no.
  UNREACHABLE: EXIT_UNAVAILABLE,
  CONNECTION_LOST: EXIT_UNAVAILABLE,
  REQUEST_TIMEOUT: EXIT_UNAVAILABLE,
  EXPIRED: EXIT_UNAVAILABLE,
  VTP_CONNECT: EXIT_UNAVAILABLE,
  VTP_TIMEOUT: EXIT_UNAVAILABLE,
  VTP_NO_ANSWER: EXIT_UNAVAILABLE,
};

/** The exit code for anything that a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  if (isGrammarError(error)) return EXIT_USAGE;
  if (error instanceof PyrosError) return EXIT_CODES[error.code] ?? EXIT_FAILURE;
  return isSystemError(error) ? EXIT_FAILURE : EXIT_SOFTWARE;
}

/** By its name: its room is large, and loaded only by commands that speak to instruments. */
export function isGrammarError(error: unknown): error is GrammarError {
  return error instanceof PyrosError && error.name === 'GrammarError';
}

/** Whether the system said no, for example to the opening of a file: no mistake of PyROS. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && errorCode(error) !== undefined;
}
