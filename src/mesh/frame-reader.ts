// Cuts a stream of bytes into frames. What is kept in memory is bounded by the limits, never by what is announced.
import { badFrame, type Frame, parseHeader } from './frame.js';
import { FrameMould } from './frame-mould.js';
import { HeldBytes } from './held-bytes.js';

const LF = 10;
const CR = 13;
/** How TLS begins; no message does. */
const TLS_BEGINS = Buffer.from([0x16, 3]);

/** Limits of one connection. */
export interface FrameLimits {
  /** Longest header line, in bytes. */
  headerLimit: number;
  /** Largest payload, in bytes. */
  payloadLimit: number;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it asks for anything beyond ASCII
const ASCII = /^[\x00-\x7f]*$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads frames from chunks cut anywhere. After it has thrown, the stream is out of step and must be closed. */
export class FrameReader {
  #open: Frame | undefined;
  readonly #held = new HeldBytes();
  /** Nothing can be done with fewer bytes than this. */
  #need = 1;
  #begun = false;
  readonly #mould = new FrameMould();
  /** Whether a whole header line was ever read. */
  sawLine = false;

  constructor(
    private readonly limits: FrameLimits,
    private readonly onFrame: (frame: Frame) => void,
  ) {}

  /** A frame whose payload is still to come. */
  get open(): Frame | undefined {
    return this.#open;
  }

  /** How large a frame that is not complete yet may become: what it has announced, or else any header. */
  get wholeBytes(): number {
    return this.#open?.bytes ?? this.limits.headerLimit;
  }

  /** Bytes of a frame that is not complete yet. */
  get pendingBytes(): number {
    return this.#held.length + (this.#open ? 1 : 0);
  }

  /**
   * Takes bytes in.
   * @throws MeshError `BAD_FRAME`
   */
  push(chunk: Buffer): void {
    if (!this.#begun) this.#begin(chunk);
    const held = this.#held;
    const isWhole = held.length === 0 && chunk.length >= this.#need;
    if (!isWhole) {
      held.add(chunk);
      if (held.length < this.#need) return;
    }
    const bytes = isWhole ? chunk : held.take();
    this.#keep(bytes, this.#read(bytes));
  }

  /** What has come of a header line that has no end yet, as text; `undefined` when it is no text. */
  partialLine(): string | undefined {
    if (this.#open || this.#held.length === 0) return undefined;
    const bytes = this.#held.take();
    this.#held.add(bytes);
    try {
      return utf8.decode(bytes).replace(/\r$/, '');
    } catch {
      return undefined;
    }
  }

  /** Reads a header line that has no end as if it had one: the peer has closed, or has sent a bare message. */
  finishLine(): void {
    if (this.#held.length > 0 && !this.#open) this.push(Buffer.from('\n'));
  }

  /** Forgets a frame that will not be completed. */
  drop(): void {
    this.#open = undefined;
    this.#held.clear();
    this.#need = 1;
  }

  #begin(chunk: Buffer): void {
    this.#begun = true;
    if (!chunk.subarray(0, TLS_BEGINS.length).equals(TLS_BEGINS)) return;
    throw badFrame('the peer speaks TLS and this port does not: see [security] in both INI files');
  }

  /** Reads all complete frames. @returns how many bytes were used up */
  #read(bytes: Buffer): number {
    let offset = 0;
    // Headers are looked for in the text of the bytes: many small strings cost less of one text than of a buffer.
    let text: string | undefined;
    let textStart = 0;
    for (;;) {
      if (this.#open) {
        const after = this.#payload(bytes, offset, this.#open);
        if (after === -1) return offset;
        offset = after;
        continue;
      }
      const after = this.#mould.read(bytes, offset, this.limits);
      if (after !== -1) {
        offset = after;
        this.onFrame(this.#mould.frame);
        continue;
      }
      if (text === undefined) {
        textStart = offset;
        text = bytes.toString('latin1', offset);
      }
      const start = offset - textStart;
      const end = text.indexOf('\n', start);
      if ((end === -1 ? text.length : end) - start > this.limits.headerLimit) {
        throw badFrame(`a header is longer than ${this.limits.headerLimit} bytes`);
      }
      if (end === -1) {
        this.#need = bytes.length - offset + 1;
        return offset;
      }
      this.sawLine = true;
      offset = textStart + end + 1;
      const textEnd = end > start && text.charCodeAt(end - 1) === CR ? end - 1 : end;
      if (textEnd > start) this.#header(headerText(text.slice(start, textEnd)));
    }
  }

  /** Reads the payload of a frame. @returns where it ends, or -1 when it has not come yet */
  #payload(bytes: Buffer, offset: number, frame: Frame): number {
    const end = offset + frame.bytes;
    const after = lineEndAt(bytes, end);
    if (after === -1) {
      this.#need = frame.bytes + (bytes[end] === CR ? 2 : 1);
      return -1;
    }
    this.#open = undefined;
    frame.payload = bytes.subarray(offset, end);
    this.onFrame(frame);
    return after;
  }

  #header(text: string): void {
    const frame = parseHeader(text);
    this.#mould.learn(text, frame);
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
    const rest = bytes.subarray(used);
    // A small rest is copied, so that it does not hold a whole chunk in memory.
    if (rest.length > 0) this.#held.add(rest.length < bytes.length / 2 ? Buffer.from(rest) : rest);
    else if (!this.#open) this.#need = 1;
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

/** Bytes, one to a character, as text: ASCII is what it is, anything else must be UTF-8. */
function headerText(bytes: string): string {
  if (ASCII.test(bytes)) return bytes;
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    throw badFrame('a header is not UTF-8');
  }
}
