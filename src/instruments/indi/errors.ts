// Errors of this folder, in the codes of instruments.
import { InstrumentError } from '../errors.js';

/** So much of a stranger's text is shown. */
const MAX_SHOWN = 300;

/** The server's bytes are against the protocol, or over a limit. */
export function protocolError(what: string, cause?: unknown): InstrumentError {
  return new InstrumentError('DRIVER', `the INDI server breaks the protocol: ${what}`, cause);
}

/** A stranger's text in quotes, on one line, of bounded length. */
export function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text);
}
