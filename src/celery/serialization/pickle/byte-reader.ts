// Reads the arguments of a pickle's operations. Nothing is set aside for more bytes than are there.
import { damaged } from './refused.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LINE_END = 10;

/** A position in the bytes of a pickle. */
export class ByteReader {
  #position = 0;
  readonly #view: DataView;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    // The slices of a Buffer would be views of it.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where the next byte stands. */
  get position(): number {
    return this.#position;
  }

  #advance(count: number): number {
    const at = this.#position;
    if (count > this.bytes.length - at) throw damaged(`it is cut off at byte ${this.bytes.length}`);
    this.#position += count;
    return at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A length of 8 bytes; one that no number holds is more than is there anyhow. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8));
  }

  /** A copy: the value may outlive the body. */
  take(count: number): Uint8Array {
    if (count < 0) throw damaged(`it has a length of ${count}`);
    const at = this.#advance(count);
    return this.bytes.slice(at, at + count);
  }

  /** Text of a number of bytes. */
  text(count: number): string {
    const bytes = this.take(count);
    try {
      return UTF8.decode(bytes);
    } catch {
      throw damaged(`the text before byte ${this.#position} is not UTF-8`);
    }
  }

  /** The bytes up to the end of the line, as Latin-1. */
  line(): string {
    const end = this.bytes.indexOf(LINE_END, this.#position);
    if (end < 0) throw damaged(`it is cut off at byte ${this.bytes.length}`);
    const line = this.bytes.subarray(this.#position, end);
    this.#position = end + 1;
    return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1');
  }
}
