// What fits into a message of the mesh: checked where a task can still be told.
import type { Config } from '../config/index.js';
import { MessageTooLarge } from './errors.js';

/** What a message has besides its body. */
const ENVELOPE_BYTES = 8192;

/** Whether so much fits into one message. */
export function fits({ mesh: { payloadLimit } }: Config, bytes: number): boolean {
  return bytes <= payloadLimit - ENVELOPE_BYTES;
}

/** @throws MessageTooLarge */
export function checkSize(config: Config, what: string, bytes: number): void {
  if (fits(config, bytes)) return;
  const { payloadLimit } = config.mesh;
  throw new MessageTooLarge(
    `${what} has ${bytes} bytes, and [mesh] payload_limit is ${payloadLimit}: pass a path or an id instead`,
  );
}
