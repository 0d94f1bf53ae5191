// Errors of the command line itself; docs/commands.md lists their codes.
import { PyrosError } from '../src/errors/index.js';

/** Codes of a {@link CommandFailure}. */
export type CommandFailureCode =
  // The command line is wrong; in JSON also for what commander finds.
  | 'USAGE'
  // An agent's log lies on another host.
  | 'LOG_ELSEWHERE'
  // An agent has written no log yet.
  | 'NO_LOG'
  // A file that is to be sent cannot be read.
  | 'NO_INPUT'
  // A VOEvent that cannot be moved into tonight's sky.
  | 'NOT_MOVABLE'
  // A file that must not be written over.
  | 'FILE_EXISTS'
  // A file that cannot be made.
  | 'FILE_NOT_WRITTEN'
  // What was posted once more was set aside again.
  | 'SET_ASIDE_AGAIN'
  // An event database that another broker has in use.
  | 'EVENTDB_IN_USE';

/** A command cannot do what it was asked to. */
export class CommandFailure extends PyrosError {
  declare readonly code: CommandFailureCode;

  constructor(code: CommandFailureCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}
