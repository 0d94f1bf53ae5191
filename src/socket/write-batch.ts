// Where small pieces are put one behind the other until they leave in one write.

/** Size of a batch, in bytes. */
export const BATCH_BYTES = 32 * 1024;

/** Buffers that are not in use: for all connections together. */
const spare: Buffer[] = [];
const MOST_SPARE = 32;

/** Shorter pieces are copied byte by byte, which is quicker than a call into the system. */
const COPY_BY_HAND = 64;

const ZERO = 0x30;
const NOTHING = Buffer.alloc(0);

/** The bytes of one connection that wait for its next write. Whoever adds some has asked for the room before. */
export class WriteBatch {
  bytes: Buffer = NOTHING;
  length = 0;

  /** Gets a buffer for a batch that begins. */
  begin(): void {
    if (this.bytes === NOTHING) this.bytes = spare.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES);
  }

  /**
   * Takes out what was collected.
   * @returns the bytes, and the buffer to be given to {@link giveBack} when they have left; none when they are a copy
   */
  take(): { bytes: Buffer; buffer: Buffer | undefined } {
    const { bytes: buffer, length } = this;
    this.bytes = NOTHING;
    this.length = 0;
    // A few bytes must not keep a whole buffer for as long as a slow peer likes.
    if (length >= BATCH_BYTES / 2) return { bytes: buffer.subarray(0, length), buffer };
    const bytes = Buffer.from(buffer.subarray(0, length));
    giveBack(buffer);
    return { bytes, buffer: undefined };
  }

  /** Forgets all. */
  clear(): void {
    if (this.bytes !== NOTHING) giveBack(this.bytes);
    this.bytes = NOTHING;
    this.length = 0;
  }

  put(piece: Uint8Array): void {
    const { bytes, length } = this;
    const count = piece.length;
    if (count > COPY_BY_HAND) bytes.set(piece, length);
    else for (let n = 0; n < count; n += 1) bytes[length + n] = piece[n] as number;
    this.length = length + count;
  }

  putByte(byte: number): void {
    this.bytes[this.length] = byte;
    this.length += 1;
  }

  /** Decimal digits of a whole number from 0. */
  putNumber(number: number): void {
    let end = this.length + 1;
    for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) end += 1;
    this.length = end;
    let rest = number;
    do {
      const next = Math.floor(rest / 10);
      end -= 1;
      this.bytes[end] = ZERO + rest - 10 * next;
      rest = next;
    } while (rest > 0);
  }

  /** Adds a text if it is plain ASCII. @returns whether it was; otherwise nothing is added */
  putAscii(text: string): boolean {
    const { bytes, length } = this;
    const count = text.length;
    for (let n = 0; n < count; n += 1) {
      const code = text.charCodeAt(n);
      if (code > 0x7f) return false;
      bytes[length + n] = code;
    }
    this.length = length + count;
    return true;
  }

  /** Adds a text in UTF-8, which takes at most three bytes for each of its units. */
  putText(text: string): void {
    this.length += this.bytes.write(text, this.length);
  }
}

/** The bytes of a buffer have left. */
export function giveBack(buffer: Buffer): void {
  if (spare.length < MOST_SPARE) spare.push(buffer);
}
