// A look at MessagePack before it is unpacked: the package would make errors, regular expressions and more of
// extensions, and room for as many items as a stranger's length says.
import { DecodeError } from './errors.js';
import { MAX_DEPTH, MAX_VALUES } from './limits.js';

/** The extension of a time stamp, -1. */
const TIMESTAMP = 0xff;
const TIMESTAMP_LENGTHS = [4, 8, 12];

/** Goes over the items of a body. */
class Cursor {
  position = 0;
  values = 0;
  readonly #view: DataView;

  constructor(readonly body: Uint8Array) {
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  }

  unsigned(bytes: number): number {
    const at = this.position;
    this.skip(bytes);
    if (bytes === 1) return this.#view.getUint8(at);
    return bytes === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  skip(bytes: number): void {
    this.position += bytes;
    if (this.position > this.body.length) throw new DecodeError('the body is not MessagePack: it is cut off');
  }
}

/** @throws DecodeError when it is cut off, too deep or too large, or has an extension other than the time stamp */
export function requireSoundMsgpack(body: Uint8Array): void {
  const cursor = new Cursor(body);
  checkItem(cursor, 0);
  if (cursor.position < body.length)
    throw new DecodeError('the body is not MessagePack: more stands behind its end');
}

function checkItem(cursor: Cursor, depth: number): void {
  if (++cursor.values > MAX_VALUES) throw new DecodeError(`the body has over ${MAX_VALUES} values`);
  const token = cursor.unsigned(1);
  if (token < 0x80 || token >= 0xe0) return;
  if (token < 0x90) checkMap(cursor, token & 0x0f, depth);
  else if (token < 0xa0) checkItems(cursor, token & 0x0f, depth);
  else if (token < 0xc0) cursor.skip(token & 0x1f);
  else checkLong(cursor, token, depth);
}

/** Bytes of what follows the tokens of numbers, nil, true and false. */
const FIXED: Record<number, number> = {
  192: 0,
  194: 0,
  195: 0,
  202: 4,
  203: 8,
  204: 1,
  205: 2,
  206: 4,
  207: 8,
  208: 1,
  209: 2,
  210: 4,
  211: 8,
};

function checkLong(cursor: Cursor, token: number, depth: number): void {
  const fixed = FIXED[token];
  if (fixed !== undefined) cursor.skip(fixed);
  else if (token >= 0xc4 && token <= 0xc6) cursor.skip(cursor.unsigned(2 ** (token - 0xc4)));
  else if (token >= 0xd9 && token <= 0xdb) cursor.skip(cursor.unsigned(2 ** (token - 0xd9)));
  else if (token >= 0xc7 && token <= 0xc9) checkExtension(cursor, cursor.unsigned(2 ** (token - 0xc7)));
  else if (token >= 0xd4 && token <= 0xd8) checkExtension(cursor, 2 ** (token - 0xd4));
  else if (token === 0xdc || token === 0xdd) checkItems(cursor, cursor.unsigned(2 * (token - 0xdb)), depth);
  else if (token === 0xde || token === 0xdf) checkMap(cursor, cursor.unsigned(2 * (token - 0xdd)), depth);
  else throw new DecodeError(`the body is not MessagePack: there is no type 0x${token.toString(16)}`);
}

/** A list or a map; a value in the deepest of them is no level more. */
function requireDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new DecodeError(`the body is over ${MAX_DEPTH} levels deep`);
}

function checkItems(cursor: Cursor, count: number, depth: number): void {
  requireDepth(depth);
  for (let index = 0; index < count; index++) checkItem(cursor, depth + 1);
}

function checkMap(cursor: Cursor, count: number, depth: number): void {
  requireDepth(depth);
  for (let index = 0; index < count; index++) {
    const key = cursor.body[cursor.position] ?? 0;
    const isText = (key >= 0xa0 && key < 0xc0) || (key >= 0xd9 && key <= 0xdb);
    if (!isText && cursor.position < cursor.body.length)
      throw new DecodeError('the body has a map with keys that are no texts');
    checkItem(cursor, depth + 1);
    checkItem(cursor, depth + 1);
  }
}

function checkExtension(cursor: Cursor, length: number): void {
  const type = cursor.unsigned(1);
  if (type !== TIMESTAMP || !TIMESTAMP_LENGTHS.includes(length))
    throw new DecodeError(`the body has the MessagePack extension ${(type << 24) >> 24}, which is not read`);
  cursor.skip(length);
}
