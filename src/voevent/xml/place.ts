// Where in a document something stands, and the refusal that says so.
import { VOEventError, type VOEventErrorCode } from '../errors.js';

const SPACE = /[ \t\r\n]*/y;
const ATTRIBUTE = /[ \t\r\n]+[^ \t\r\n=]+[ \t\r\n]*=[ \t\r\n]*(?:"[^"]*"|'[^']*')/y;

/** What is wrong, and its code unless that is `VOEVENT_NOT_XML`. */
export type Fault = [what: string, code?: VOEventErrorCode];

/** `line L, column C` of an offset in a text, both from 1. */
export function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `line ${line}, column ${offset - before.lastIndexOf('\n')}`;
}

/** @throws VOEventError that begins with the place of `offset` in `text` */
export function refuse(
  text: string,
  offset: number,
  what: string,
  code: VOEventErrorCode = 'VOEVENT_NOT_XML',
): never {
  throw new VOEventError(code, `${placeOf(text, offset)}: ${what}`);
}

/** What stands behind the first `count` attributes, which are sound, of a tag whose name ends at `from`. */
export function behindAttributes(text: string, from: number, count: number): number {
  let at = from;
  for (let n = 0; n < count; n += 1) at = endOf(ATTRIBUTE, text, at);
  return endOf(SPACE, text, at);
}

/** Where the match of a sticky pattern ends; `from` itself when there is none. */
function endOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}
