// The contents of a BLOB: base64, decoded as it comes in, each byte looked at once.
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { protocolError } from './errors.js';

const inflated = promisify(inflate);

/** A compressed one may be a little larger than what it holds. */
const DEFLATE_OVERHEAD_BYTES = 65_536;

/** Decodes one BLOB into the place that was made for it at its announced size. */
export class BlobText {
  readonly #bytes: Buffer;
  readonly #isCompressed: boolean;
  #length = 0;
  /** Characters of a group of four that goes on in the next piece. */
  #carry = '';
  #isPadded = false;

  /** @param size - as announced, when it is unpacked */
  constructor(
    readonly size: number,
    format: string,
  ) {
    this.#isCompressed = isCompressed(format);
    // Nothing is taken from the system until it is written to: an announcement alone costs nothing.
    this.#bytes = Buffer.allocUnsafe(size + (this.#isCompressed ? DEFLATE_OVERHEAD_BYTES : 0));
  }

  /** Takes the next characters. @throws InstrumentError `DRIVER` when they are more than announced, or no base64 */
  push(piece: Buffer): void {
    const text = this.#carry + withoutBlanks(piece).toString('latin1');
    const usable = text.length - (text.length % 4);
    this.#carry = text.slice(usable);
    if (usable > 0) this.#decode(usable === text.length ? text : text.slice(0, usable));
  }

  /** What it held. @throws InstrumentError `DRIVER` when that is less than announced */
  finish(): Buffer {
    if (this.#carry !== '') throw protocolError('a BLOB ends within a group of base64');
    if (!this.#isCompressed && this.#length !== this.size) {
      throw protocolError(`a BLOB of ${this.#length} bytes, announced as ${this.size}`);
    }
    return this.#bytes.subarray(0, this.#length);
  }

  #decode(text: string): void {
    if (this.#isPadded) throw protocolError('a BLOB goes on behind its padding');
    const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
    this.#isPadded = padding > 0;
    const wanted = (text.length / 4) * 3 - padding;
    if (this.#length + wanted > this.#bytes.length) {
      throw protocolError(`a BLOB of more than the announced ${this.size} bytes`);
    }
    const written = this.#bytes.write(text, this.#length, 'base64');
    if (written !== wanted) throw protocolError('a BLOB that is not base64');
    this.#length += written;
  }
}

/** Formats with `.z` at the end are deflated. */
export function isCompressed(format: string): boolean {
  return format.endsWith('.z');
}

/** Unpacks a BLOB whose format says that it is compressed. @throws InstrumentError (rejects) `DRIVER` */
export async function unpacked(bytes: Buffer, format: string, size: number): Promise<Buffer> {
  if (!isCompressed(format)) return bytes;
  const whole = await inflated(bytes, { maxOutputLength: Math.max(1, size) }).catch((error: unknown) => {
    throw protocolError(`a BLOB that cannot be unpacked to its ${size} bytes`, error);
  });
  if (whole.length !== size) throw protocolError(`a BLOB of ${whole.length} bytes, announced as ${size}`);
  return whole;
}

/** Most servers write one long line; the old ones lines of 72 characters. */
function withoutBlanks(piece: Buffer): Buffer {
  if (!BLANKS.some((blank) => piece.includes(blank))) return piece;
  const kept = Buffer.allocUnsafe(piece.length);
  let length = 0;
  for (let at = 0; at < piece.length; at += 1) {
    const byte = piece[at] as number;
    if (byte > 0x20) kept[length++] = byte;
  }
  return kept.subarray(0, length);
}

const BLANKS = [0x0a, 0x0d, 0x20, 0x09];
