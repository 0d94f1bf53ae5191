// The frame of VTP: a 4-byte big-endian length, then that many bytes.
import { VtpError } from '../errors.js';

const PREFIX_BYTES = 4;

/** A longer frame is none, but a peer that does not speak VTP. */
export const MAX_SKIPPED_BYTES = 64 * 1024 * 1024;

/** So many chunks are joined into one. */
const MAX_LOOSE_CHUNKS = 256;

/** A payload with its length before it. @throws VtpError `VTP_FRAME_EMPTY` */
export function encodeFrame(payload: Uint8Array): Buffer {
  if (payload.length === 0) throw emptyFrame();
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.set(payload, PREFIX_BYTES);
  return frame;
}

/**
 * Cuts a stream of bytes into payloads. Bytes are kept as they come and joined once; a length that is announced
 * is believed only as far as bytes arrive.
 */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  /** Chunks at the end of `#chunks` that were not joined yet. */
  #loose = 0;
  #bytes = 0;
  /** Of the frame that is read: prefix and payload; 0 while the prefix is not complete. */
  #frameBytes = 0;
  /** Bytes that are still to come of a frame that is passed over. */
  #skipped = 0;

  /**
   * @param maxBytes the longest payload that is taken
   * @param onSkip with it, empty frames and those that are too large, up to {@link MAX_SKIPPED_BYTES}, are passed over
   */
  constructor(
    private readonly maxBytes: number,
    private readonly onSkip?: (error: VtpError) => void,
  ) {}

  /** Bytes that are held: a frame that is not complete yet. */
  get bufferedBytes(): number {
    return this.#bytes;
  }

  /**
   * Takes what came in; returns the payloads that are complete now.
   * @param complete where they are put; after an error it has those that stood before the bad frame
   * @throws VtpError `VTP_FRAME_TOO_LARGE`, `VTP_FRAME_EMPTY`; the stream is of no use after that
   */
  push<Other = never>(chunk: Uint8Array, complete: (Uint8Array | Other)[] = []): (Uint8Array | Other)[] {
    const wanted = this.#skipped > 0 ? this.#passOver(chunk) : chunk;
    const rest = this.#bytes === 0 ? this.#cutOff(wanted, complete) : wanted;
    if (rest.length > 0) this.#keep(rest);
    while (this.#frameReady()) {
      complete.push(this.#take(this.#frameBytes).subarray(PREFIX_BYTES));
      this.#frameBytes = 0;
    }
    return complete;
  }

  /** Takes the frames that lie whole in one chunk, as nearly all do; returns what is left of it, faults and all. */
  #cutOff(chunk: Uint8Array, complete: Pick<Uint8Array[], 'push'>): Uint8Array {
    let rest = chunk;
    while (rest.length > PREFIX_BYTES) {
      const length = prefixOf(rest);
      const end = PREFIX_BYTES + length;
      if (length === 0 || length > this.maxBytes || end > rest.length) break;
      complete.push(rest.subarray(PREFIX_BYTES, end));
      rest = rest.subarray(end);
    }
    return rest;
  }

  /** A peer that sends byte by byte shall not make us keep an object for each byte. */
  #keep(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    this.#loose += 1;
    if (this.#loose < MAX_LOOSE_CHUNKS) return;
    this.#chunks.push(Buffer.concat(this.#chunks.splice(-this.#loose)));
    this.#loose = 0;
  }

  /** Reads the prefix as soon as it is there; says whether the whole frame is. */
  #frameReady(): boolean {
    while (this.#frameBytes === 0 && this.#bytes >= PREFIX_BYTES) {
      const length = this.#announced();
      const fault = this.#faultOf(length);
      if (!fault) this.#frameBytes = PREFIX_BYTES + length;
      else if (this.onSkip && length <= MAX_SKIPPED_BYTES) this.#skip(length, fault);
      else throw fault;
    }
    return this.#frameBytes > 0 && this.#bytes >= this.#frameBytes;
  }

  #announced(): number {
    let length = 0;
    for (let at = 0; at < PREFIX_BYTES; at += 1) length = length * 256 + this.#byteAt(at);
    return length;
  }

  #faultOf(length: number): VtpError | undefined {
    if (length === 0) return emptyFrame();
    if (length <= this.maxBytes) return undefined;
    const text = `a frame of ${length} bytes is announced; at most ${this.maxBytes} are accepted`;
    return new VtpError('VTP_FRAME_TOO_LARGE', text);
  }

  /** Drops what has come of a frame, and from now on what comes of it. */
  #skip(length: number, fault: VtpError): void {
    this.#take(PREFIX_BYTES);
    const here = Math.min(length, this.#bytes);
    if (here > 0) this.#take(here);
    this.#skipped = length - here;
    this.onSkip?.(fault);
  }

  /** @returns what of a chunk stands behind the frame that is passed over */
  #passOver(chunk: Uint8Array): Uint8Array {
    const here = Math.min(this.#skipped, chunk.length);
    this.#skipped -= here;
    return chunk.subarray(here);
  }

  #byteAt(offset: number): number {
    let left = offset;
    for (const chunk of this.#chunks) {
      const byte = chunk[left];
      if (byte !== undefined) return byte;
      left -= chunk.length;
    }
    return 0;
  }

  /** The first `length` bytes, taken out; all of them are there. */
  #take(length: number): Uint8Array {
    const [first] = this.#chunks;
    const whole = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks);
    this.#bytes -= length;
    this.#chunks = this.#bytes > 0 ? [whole.subarray(length)] : [];
    this.#loose = this.#chunks.length;
    return whole.subarray(0, length);
  }
}

function prefixOf(bytes: Uint8Array): number {
  let length = 0;
  for (let at = 0; at < PREFIX_BYTES; at += 1) length = length * 256 + (bytes[at] ?? 0);
  return length;
}

function emptyFrame(): VtpError {
  return new VtpError(
    'VTP_FRAME_EMPTY',
    'the frame is empty; send the length of the event and then the event',
  );
}
