// Frames with a number as their id, written straight into the batch of a connection: no text is made on the way.
import { pack } from 'msgpackr';
import { type Connection, LARGE_BYTES } from '../socket/index.js';
import type { FrameBounds } from './frame-bounds.js';
import { putShortText, SHORT_TEXT_LENGTH, shortTextBytes } from './short-text.js';

/** The header of many frames, around what changes: `prefix id suffix`. */
export interface HeaderShape {
  /** Message, and `TAB id=`. */
  prefix: Uint8Array;
  /** Fields after the id, each with its tab. */
  suffix: Uint8Array;
}

/** Makes a shape. @param fields - begins with a tab or is empty */
export function headerShape(message: string, fields: string): HeaderShape {
  return { prefix: Buffer.from(`${message}\tid=`), suffix: Buffer.from(fields) };
}

const LF = 0x0a;
const BYTES_FIELD = Buffer.from('\tbytes=');
/** Room for the numbers of a header, its last field, and line ends. */
export const NUMBERS_BYTES = 64;

/**
 * Sends a frame; nothing happens when the connection is closed.
 * @param data - the payload, or `undefined` for none
 * @param bounds - which a short text and the header are within in any case
 * @throws Error when `data` cannot be written or is too large; then nothing is sent
 */
export function writeFrame(
  connection: Connection,
  shape: HeaderShape,
  id: number,
  data: unknown,
  bounds: FrameBounds,
): void {
  if (
    typeof data === 'string' &&
    data.length <= SHORT_TEXT_LENGTH &&
    writeShortText(connection, shape, id, data)
  )
    return;
  const payload = data === undefined ? undefined : pack(data);
  const refusal = payload && bounds.payloadRefusal(payload.length);
  if (refusal) throw refusal;
  const headerBytes = shape.prefix.length + shape.suffix.length + NUMBERS_BYTES;
  const isSmall = payload !== undefined && headerBytes + payload.length < LARGE_BYTES;
  const batch = connection.room(isSmall ? headerBytes + payload.length : headerBytes);
  if (!batch) return;
  batch.put(shape.prefix);
  batch.putNumber(id);
  batch.put(shape.suffix);
  if (payload !== undefined) {
    batch.put(BYTES_FIELD);
    batch.putNumber(payload.length);
    if (isSmall) {
      batch.putByte(LF);
      batch.put(payload);
    }
  }
  batch.putByte(LF);
  connection.wrote();
  if (payload === undefined || isSmall) return;
  connection.send(payload);
  connection.send('\n');
}

/** @returns false when the text is not ASCII: nothing is sent then */
function writeShortText(connection: Connection, shape: HeaderShape, id: number, text: string): boolean {
  const batch = connection.room(shape.prefix.length + shape.suffix.length + NUMBERS_BYTES + text.length);
  if (!batch) return true;
  const begin = batch.length;
  batch.put(shape.prefix);
  batch.putNumber(id);
  batch.put(shape.suffix);
  batch.put(BYTES_FIELD);
  batch.putNumber(shortTextBytes(text));
  batch.putByte(LF);
  if (!putShortText(batch, text)) {
    batch.length = begin;
    return false;
  }
  batch.putByte(LF);
  connection.wrote();
  return true;
}
