// Most frames of a connection are like one of those before them in all but their numbers: such a frame is read by
// comparing bytes, without making a text of its header.
import { type Frame, newFrame } from './frame.js';
import { shortText } from './short-text.js';

const LF = 10;
const ZERO = 0x30;
/** Numbers of more digits are not told apart any more. */
const MOST_DIGITS = 15;
/** How many kinds of frames are known at once. */
const MOST_KINDS = 4;
const BYTES_FIELD = '\tbytes=';
/** A payload that is larger is read by the general way. */
const LARGEST_PAYLOAD = 64 * 1024;

/** One kind: `prefix id middle [size LF payload] LF`. */
interface Kind {
  /** What all frames of the kind have in common. */
  model: Frame;
  /** Message, and `TAB id=`. */
  prefix: Uint8Array;
  /** From the id to the size of the payload, or to the line end. */
  middle: Uint8Array;
  hasPayload: boolean;
}

export class FrameMould {
  /** The frame that was read last. */
  frame: Frame = newFrame('');
  #kinds: Kind[] = [];
  #at = 0;

  /**
   * Reads the frame at `offset`, if it is of a known kind and has come whole.
   * @returns where it ends, or -1
   */
  read(bytes: Buffer, offset: number, limits: { headerLimit: number; payloadLimit: number }): number {
    const kinds = this.#kinds;
    for (let n = 0; n < kinds.length; n += 1) {
      const kind = kinds[n] as Kind;
      if (!has(bytes, offset, kind.prefix)) continue;
      const after = this.#readKind(kind, bytes, offset, limits);
      if (after === -1) continue;
      // The kind that came last is looked at first.
      if (n > 0) {
        kinds[n] = kinds[0] as Kind;
        kinds[0] = kind;
      }
      return after;
    }
    return -1;
  }

  /** Takes a frame as a model for those that follow. */
  learn(header: string, frame: Frame): void {
    const { id, message, bytes } = frame;
    if (typeof id !== 'number' || !isPlain(frame)) return;
    const hasPayload = bytes !== -1;
    const prefix = `${message}\tid=`;
    const start = prefix.length + String(id).length;
    const end = hasPayload ? header.length - String(bytes).length : header.length;
    if (header.slice(0, start) !== prefix + id || (hasPayload && !header.slice(0, end).endsWith(BYTES_FIELD)))
      return;
    const rest = header.slice(start, end);
    // The last of two ids would count.
    if (rest.includes('\tid=')) return;
    const kind = {
      model: modelOf(frame),
      prefix: Buffer.from(prefix),
      middle: Buffer.from(rest),
      hasPayload,
    };
    if (this.#kinds.some((known) => areSame(known, kind))) return;
    if (this.#kinds.length === MOST_KINDS) this.#kinds.pop();
    this.#kinds.unshift(kind);
  }

  #readKind(
    { model, prefix, middle, hasPayload }: Kind,
    bytes: Buffer,
    offset: number,
    { headerLimit, payloadLimit }: { headerLimit: number; payloadLimit: number },
  ): number {
    const id = this.#number(bytes, offset + prefix.length);
    if (id === -1 || !has(bytes, this.#at, middle)) return -1;
    this.#at += middle.length;
    const size = hasPayload ? this.#number(bytes, this.#at) : -1;
    const start = this.#at + 1;
    if (bytes[start - 1] !== LF || start - offset > headerLimit || size > payloadLimit) return -1;
    const end = start + size;
    if (hasPayload && (size === -1 || size > LARGEST_PAYLOAD || bytes[end] !== LF)) return -1;
    const frame = newFrame(model.message);
    frame.id = id;
    frame.from = model.from;
    frame.deadline = model.deadline;
    this.frame = frame;
    if (!hasPayload) return start;
    frame.bytes = size;
    frame.content = shortText(bytes, start, end);
    if (frame.content === undefined) frame.payload = bytes.subarray(start, end);
    return end + 1;
  }

  /** Reads digits as they are usually written. @returns their number, or -1; `#at` is then behind them */
  #number(bytes: Buffer, start: number): number {
    let at = start;
    let number = 0;
    for (; ; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      number = number * 10 + digit;
    }
    this.#at = at;
    const count = at - start;
    const isUsual = count > 0 && count <= MOST_DIGITS && (count === 1 || bytes[start] !== ZERO);
    return isUsual ? number : -1;
  }
}

/** A copy that keeps neither the text nor the bytes that the frame was cut from. */
function modelOf({ message, from, deadline }: Frame): Frame {
  const model = newFrame(copy(message));
  if (from !== undefined) model.from = copy(from);
  model.deadline = deadline;
  return model;
}

function copy(text: string): string {
  return Buffer.from(text).toString();
}

/** Whether a frame says no more than a model can. */
function isPlain({ json, code, text, seq, after, settled, again }: Frame): boolean {
  return [json, code, text, seq, after, settled].every((value) => value === undefined) && !again;
}

function areSame(one: Kind, other: Kind): boolean {
  const { prefix, middle, hasPayload } = one;
  return (
    hasPayload === other.hasPayload &&
    Buffer.compare(prefix, other.prefix) === 0 &&
    Buffer.compare(middle, other.middle) === 0
  );
}

function has(bytes: Buffer, offset: number, part: Uint8Array): boolean {
  const { length } = part;
  if (offset + length >= bytes.length) return false;
  for (let n = 0; n < length; n += 1) if (bytes[offset + n] !== part[n]) return false;
  return true;
}
