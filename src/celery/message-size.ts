// What fits into a message of the mesh: checked where a task can still be told.
import type { Config } from '../config/index.js';
import { MessageTooLarge } from './errors.js';

/** What a message has besides its body. */
const ENVELOPE_BYTES = 8192;

/** @throws MessageTooLarge */
export function checkSize({ mesh: { payloadLimit } }: Config, what: string, bytes: number): void {
  if (bytes <= payloadLimit - ENVELOPE_BYTES) return;
  throw new MessageTooLarge(
    `${what} has ${bytes} bytes, and [mesh] payload_limit is ${payloadLimit}: pass a path or an id instead`,
  );
}
