// Errors of the mesh. First kind: the message did not arrive, or nobody can say whether it did. Second kind: it
// arrived and the answer is no.
import { errorCode, PyrosError } from '../errors/index.js';

/** Codes of a {@link MeshError}; those of answers travel in `ERROR code=`. */
export type MeshErrorCode =
  // It did not arrive.
  | 'UNKNOWN_AGENT'
  | 'UNREACHABLE'
  | 'SENDER_FULL'
  | 'MESSAGE_TOO_LARGE'
  // Nobody can say whether the action ran.
  | 'CONNECTION_LOST'
  | 'REQUEST_TIMEOUT'
  | 'CANCELLED'
  // It arrived, and the answer is no.
  | 'UNKNOWN_MESSAGE'
  | 'BAD_FRAME'
  | 'BAD_PAYLOAD'
  | 'ACTION_FAILED'
  | 'REPLY_TOO_LARGE'
  | 'STOPPING'
  | 'EXPIRED'
  | 'DENIED'
  | 'HELD'
  | 'NOT_SET_ASIDE'
  | 'NOT_POSTABLE'
  // Errors of an agent's own start.
  | 'AGENT_ALREADY_STARTED'
  | 'AGENT_ALREADY_RUNNING'
  | 'APPLICATION_INVALID'
  // Errors of use.
  | 'NO_OUTBOX';

/** A message could not be sent, was refused, or an agent could not start. */
export class MeshError extends PyrosError {
  constructor(code: MeshErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}

/** An `ERROR` answer of another agent: `code` is the one that it sent, which may be any agent's own. */
export class AnswerError extends PyrosError {}

/** By these an agent says that it has not handled a message, through no fault of the message. */
const NOT_HANDLED = new Set(['STOPPING', 'HELD', 'EXPIRED', 'STORE_WRITE_FAILED', 'STORE_CLOSED']);

/** Whether an answer says that the same message may be handled later. Any other one is the action's own no. */
export function saysNotHandled(error: unknown): boolean {
  return error instanceof AnswerError && NOT_HANDLED.has(error.code);
}

/**
 * The code by which an error of an action is told to the sender. What a third agent has said to the action about
 * itself is not passed on as this agent's word.
 */
export function answerCode(error: unknown): string {
  if (!(error instanceof PyrosError) || saysNotHandled(error)) return 'ACTION_FAILED';
  return errorCode(error) ?? 'ACTION_FAILED';
}
