// Cuts a stream of bytes into frames. What is kept in memory is bounded by the limits, never by what is announced.
import { badFrame, type Frame, parseHeader } from './frame.js';

const LF = 10;
const CR = 13;

/** Limits of one connection. */
export interface FrameLimits {
  /** Longest header line, in bytes. */
  headerLimit: number;
  /** Largest payload, in bytes. */
  payloadLimit: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads frames from chunks cut anywhere. After it has thrown, the stream is out of step and must be closed. */
export class FrameReader {
  /** A frame whose payload is still to come. */
  #open: Frame | undefined;
  #chunks: Buffer[] = [];
  #have = 0;
  /** Nothing can be done with fewer bytes than this. */
  #need = 1;
  /** Whether a whole header line was ever read. */
  sawLine = false;

  constructor(
    private readonly limits: FrameLimits,
    private readonly onFrame: (frame: Frame) => void,
  ) {}

  /** Bytes of a frame that is not complete yet. */
  get pendingBytes(): number {
    return this.#have + (this.#open ? 1 : 0);
  }

  /**
   * Takes bytes in.
   * @throws MeshError `BAD_FRAME`
   */
  push(chunk: Buffer): void {
    this.#have += chunk.length;
    this.#chunks.push(chunk);
    if (this.#have < this.#need) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#have);
    this.#keep(bytes, this.#read(bytes));
  }

  /** What has come of a header line that has no end yet, as text; `undefined` when it is no text. */
  partialLine(): string | undefined {
    if (this.#open || this.#have === 0) return undefined;
    try {
      return utf8.decode(Buffer.concat(this.#chunks)).replace(/\r$/, '');
    } catch {
      return undefined;
    }
  }

  /** Reads a header line that has no end as if it had one: the peer has closed, or has sent a bare message. */
  finishLine(): void {
    if (this.#have > 0 && !this.#open) this.push(Buffer.from('\n'));
  }

  /** Reads all complete frames. @returns how many bytes were used up */
  #read(bytes: Buffer): number {
    let offset = 0;
    for (;;) {
      if (this.#open) {
        const end = offset + this.#open.bytes;
        const after = lineEndAt(bytes, end);
        if (after === -1) {
          this.#need = this.#open.bytes + (bytes[end] === CR ? 2 : 1);
          return offset;
        }
        const frame = this.#open;
        this.#open = undefined;
        frame.payload = bytes.subarray(offset, end);
        offset = after;
        this.onFrame(frame);
        continue;
      }
      const end = bytes.indexOf(LF, offset);
      if ((end === -1 ? bytes.length : end) - offset > this.limits.headerLimit) {
        throw badFrame(`a header is longer than ${this.limits.headerLimit} bytes`);
      }
      if (end === -1) {
        this.#need = bytes.length - offset + 1;
        return offset;
      }
      this.sawLine = true;
      const start = offset;
      offset = end + 1;
      const textEnd = end > start && bytes[end - 1] === CR ? end - 1 : end;
      if (textEnd > start) this.#header(headerText(bytes, start, textEnd));
    }
  }

  #header(text: string): void {
    const frame = parseHeader(text);
    if (frame.bytes === -1) {
      this.onFrame(frame);
      return;
    }
    if (frame.bytes > this.limits.payloadLimit) {
      throw badFrame(`a payload of ${frame.bytes} bytes is larger than ${this.limits.payloadLimit}`);
    }
    this.#open = frame;
  }

  #keep(bytes: Buffer, used: number): void {
    this.#have = bytes.length - used;
    // A small rest is copied, so that it does not hold a whole chunk in memory.
    const rest = bytes.subarray(used);
    this.#chunks = this.#have === 0 ? [] : [rest.length < bytes.length / 2 ? Buffer.from(rest) : rest];
    if (this.#have === 0 && !this.#open) this.#need = 1;
  }
}

/** Where the line end of a payload stops, or -1 when it has not come yet. */
function lineEndAt(bytes: Buffer, offset: number): number {
  if (offset >= bytes.length) return -1;
  if (bytes[offset] === LF) return offset + 1;
  if (bytes[offset] !== CR)
    throw badFrame('a payload is longer or shorter than its bytes= says: no line end after it');
  if (offset + 1 >= bytes.length) return -1;
  if (bytes[offset + 1] !== LF)
    throw badFrame('a payload is longer or shorter than its bytes= says: no line end after it');
  return offset + 2;
}

/** ASCII is read the quick way; anything else must be UTF-8. */
function headerText(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('latin1', start, end);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it asks for anything beyond ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  try {
    return utf8.decode(bytes.subarray(start, end));
  } catch {
    throw badFrame('a header is not UTF-8');
  }
}
