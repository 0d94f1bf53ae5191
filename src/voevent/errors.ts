// Errors of the VOEvent room: an event that is refused, and a VOEvent Transport Protocol exchange that failed.
import { PyrosError } from '../errors/index.js';

/** Codes of a {@link VOEventError}. */
export type VOEventErrorCode =
  | 'VOEVENT_TOO_LARGE'
  | 'VOEVENT_TOO_DEEP'
  | 'VOEVENT_TOO_MANY'
  | 'VOEVENT_ENCODING'
  | 'VOEVENT_NOT_XML'
  | 'VOEVENT_DTD'
  | 'VOEVENT_ENTITY'
  | 'VOEVENT_ROOT'
  | 'VOEVENT_NAMESPACE'
  | 'VOEVENT_VERSION'
  | 'VOEVENT_ROLE'
  | 'VOEVENT_STRUCTURE'
  | 'VOEVENT_IVORN'
  // Not of an event: a subscriber's filter.
  | 'VOEVENT_FILTER'
  // Not of an event: one that is sought.
  | 'VOEVENT_NOT_STORED'
  // A notice of GCN.
  | 'VOEVENT_NOT_JSON';

/** What is known about an event that is refused. */
export interface VOEventErrorOptions {
  /** The refused event's own identifier, when it could be read and is fit to be sent back. */
  ivorn?: string | undefined;
  cause?: unknown;
}

/** An event is refused; the message tells its author what was found and what to mend. */
export class VOEventError extends PyrosError {
  declare readonly code: VOEventErrorCode;
  readonly ivorn: string | undefined;

  constructor(code: VOEventErrorCode, message: string, options: VOEventErrorOptions = {}) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause });
    this.ivorn = options.ivorn;
  }
}

/** Codes of a {@link VtpError}. */
export type VtpErrorCode =
  | 'VTP_FRAME_TOO_LARGE'
  | 'VTP_FRAME_EMPTY'
  | 'VTP_NOT_TRANSPORT'
  | 'VTP_CONNECT'
  | 'VTP_TIMEOUT'
  | 'VTP_NO_ANSWER'
  | 'VTP_BUSY'
  | 'VTP_SILENT'
  | 'VTP_SLOW'
  | 'VTP_FLOOD';

/** An exchange by the VOEvent Transport Protocol failed; the event itself may be sound. */
export class VtpError extends PyrosError {
  declare readonly code: VtpErrorCode;

  constructor(code: VtpErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}

/** Codes of a {@link GcnError}. */
export type GcnErrorCode = 'GCN_TOKEN' | 'GCN_NO_TOPIC' | 'GCN_CREDENTIALS';

/** GCN cannot be followed. */
export class GcnError extends PyrosError {
  declare readonly code: GcnErrorCode;

  constructor(code: GcnErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}

/** A stranger's text made fit for a message: in quotes, on one line, cut when long. */
export function quoted(text: string): string {
  const MAX_QUOTED = 80;
  const line = text.slice(0, 2 * MAX_QUOTED).replace(/\s+/g, ' ');
  return text.length <= MAX_QUOTED ? `"${line}"` : `"${line.slice(0, MAX_QUOTED)}…"`;
}
