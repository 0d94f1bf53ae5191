// What makes two events the same: the bytes from the `<` of the VOEvent element to its closing `>` (VTP 2.0). The
// prolog does not count, and the IVORN is not enough: the 1.1 and the 2.0 form of an event share one.
import { hash } from 'node:crypto';
import { latin1, utf16Decoder } from './xml/decode.js';

/** The identity of a well-formed document: SHA-256 of its root element's bytes, in hexadecimal. */
export function eventId(bytes: Uint8Array): string {
  const { start, end } = rootSpan(bytes);
  return hash('sha256', bytes.subarray(start, end));
}

/** Where the root element of a well-formed document begins and ends, in bytes. */
export function rootSpan(bytes: Uint8Array): { start: number; end: number } {
  const decode = utf16Decoder(bytes);
  if (!decode) {
    // Markup is ASCII in all the other encodings: one character for a byte keeps the offsets.
    const text = latin1(bytes);
    return { start: rootStart(text), end: rootEnd(text) };
  }
  const text = decode(bytes);
  // The decoder swallows the byte order mark.
  const offset = bytes.length - 2 * text.length;
  return { start: offset + 2 * rootStart(text), end: offset + 2 * rootEnd(text) };
}

/** The first `<` that begins neither an instruction nor a comment. */
function rootStart(text: string): number {
  let at = text.indexOf('<');
  while (at >= 0) {
    const [open, close] = text.startsWith('<!--', at) ? ['<!--', '-->'] : ['<?', '?>'];
    const closed = text.startsWith(open, at) ? text.indexOf(close, at + open.length) : -1;
    if (closed < 0) return at;
    at = text.indexOf('<', closed);
  }
  return 0;
}

/** Behind the last `>` that ends neither an instruction nor a comment. A comment cannot hold another's `<!--`. */
function rootEnd(text: string): number {
  let end = text.length;
  for (;;) {
    end = text.lastIndexOf('>', end - 1) + 1;
    const open = text.endsWith('-->', end) ? '<!--' : text.endsWith('?>', end) ? '<?' : undefined;
    if (!open) return end;
    // Not at `end`: the next comment may begin there.
    end = text.lastIndexOf(open, end - 1);
  }
}
