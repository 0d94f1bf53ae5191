// Why an agent was not reached, or has not answered: what it is, and what to do about it.
import { errorCode, errorText } from '../src/errors/index.js';
import { handshakeAdvice } from '../src/socket/index.js';

const LIST_OR_TLS =
  'its log tells why if it refuses this host: an address that is not on its list, or only one of the two INI files has [security]';

/** By codes, of the error itself or of what led to it. */
const ADVICE: Record<string, string> = {
  CONNECT_TIMEOUT: 'is its host on, and does a firewall let the port through?',
  EHOSTUNREACH: 'is its host on, and its address right?',
  ENETUNREACH: 'is the network of this host up, and the address right?',
  EADDRNOTAVAIL: 'is its address right?',
  EACCES: 'a firewall of this host forbids it',
  EPERM: 'a firewall of this host forbids it',
  CONNECTION_LOST: LIST_OR_TLS,
};

/** Said only of an agent that was asked how it is: a request may take longer for other reasons. */
const HANGS = 'it hangs, or its host is off or behind a firewall';

/** What to do about an agent that was not reached; `undefined` for other errors, and for those that say so themselves. */
export function advice(error: unknown): string | undefined {
  const chain = causes(error);
  const handshake = chain.find((one) => errorCode(one) === 'HANDSHAKE_FAILED');
  if (handshake instanceof Error) return handshakeAdvice(handshake.cause);
  if (!['UNREACHABLE', 'CONNECTION_LOST'].includes(errorCode(error) ?? '')) return undefined;
  return chain.map((one) => ADVICE[errorCode(one) ?? '']).find((text) => text !== undefined);
}

/** The text of an error, with what to do about it. */
export function advised(error: unknown, text = errorText(error)): string {
  const way = advice(error);
  return way === undefined ? text : `${text}; ${way}`;
}

/** An agent that has not told how it is within this time is not waited for. */
export const PATIENCE_MS = 2_000;

/** Why one agent has not told how it is. */
export interface Silence {
  /** The most telling one; `CONNECT_REFUSED`: nothing runs there. */
  code: string;
  error: string;
}

/** For a line of a table. */
export function silence(error: unknown): Silence {
  const code = errorCode(error) ?? 'INTERNAL_ERROR';
  if (code === 'REQUEST_TIMEOUT')
    return { code, error: `no answer within ${PATIENCE_MS / 1000} s: ${HANGS}` };
  const cause = code === 'UNREACHABLE' && error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return { code, error: advised(error) };
  const inner = errorCode(cause) ?? code;
  if (inner === 'CONNECT_REFUSED') return { code: inner, error: NOT_RUNNING };
  return { code: inner, error: advised(error, errorText(cause)) };
}

const NOT_RUNNING = 'not running';

/** An error, and what led to it. */
function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (
    let one = error;
    one !== undefined && chain.length < 5;
    one = one instanceof Error ? one.cause : undefined
  )
    chain.push(one);
  return chain;
}
