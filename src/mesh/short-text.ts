// MessagePack's `fixstr` and `str 8` by hand: most payloads that are not objects are short ASCII texts.
import type { WriteBatch } from '../socket/index.js';

const FIXSTR = 0xa0;
const FIXSTR_LENGTH = 31;
const STR8 = 0xd9;

/** Longest text that is written and read here. */
export const SHORT_TEXT_LENGTH = 255;

/** Length of such a text in MessagePack, in bytes, if it is ASCII. */
export function shortTextBytes(text: string): number {
  return text.length + (text.length <= FIXSTR_LENGTH ? 1 : 2);
}

/** Adds a text if it is plain ASCII. @returns whether it was; otherwise what was added means nothing */
export function putShortText(batch: WriteBatch, text: string): boolean {
  if (text.length <= FIXSTR_LENGTH) batch.putByte(FIXSTR | text.length);
  else {
    batch.putByte(STR8);
    batch.putByte(text.length);
  }
  return batch.putAscii(text);
}

/** The text of a payload that is a short ASCII text and nothing else; `undefined` for any other payload. */
export function shortText(bytes: Buffer, start: number, end: number): string | undefined {
  const kind = bytes[start] as number;
  let begin = start + 1;
  if (kind === STR8 && end - start > 2) {
    if (bytes[begin] !== end - start - 2) return undefined;
    begin += 1;
  } else if ((kind & 0xe0) !== FIXSTR || (kind & 0x1f) !== end - begin) return undefined;
  for (let at = begin; at < end; at += 1) if ((bytes[at] as number) > 0x7f) return undefined;
  return bytes.toString('latin1', begin, end);
}
