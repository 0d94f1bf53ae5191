// What is sent must fit into the limits of [mesh]: a frame over them would cost the whole connection, with all that is
// under way on it.
import { MeshError } from './errors.js';
import type { EncodedFrame } from './frame.js';
import type { FrameLimits } from './frame-reader.js';

/** A character takes at most so many bytes of UTF-8 for each of its units. */
const BYTES_A_UNIT = 3;

/** The limits of what one end sends, and how a frame over them is told of. */
export class FrameBounds {
  readonly headerLimit: number;
  readonly payloadLimit: number;

  /** @param what - names what is sent, for people */
  constructor(
    { headerLimit, payloadLimit }: FrameLimits,
    private readonly code: 'MESSAGE_TOO_LARGE' | 'REPLY_TOO_LARGE',
    private readonly what: string,
  ) {
    this.headerLimit = headerLimit;
    this.payloadLimit = payloadLimit;
  }

  /** Why a frame cannot be sent; `undefined` when it can. */
  refusal({ header, payload }: EncodedFrame): MeshError | undefined {
    // Its line end does not count.
    return this.headerRefusal(header, -1) ?? this.payloadRefusal(payload?.length ?? 0);
  }

  /** Why a header of this text and so many bytes more cannot be sent; `undefined` when it can. */
  headerRefusal(text: string, moreBytes: number): MeshError | undefined {
    if (text.length * BYTES_A_UNIT + moreBytes <= this.headerLimit) return undefined;
    const bytes = Buffer.byteLength(text) + moreBytes;
    if (bytes <= this.headerLimit) return undefined;
    const told = `its header line of ${bytes} bytes is longer than [mesh] header_limit = ${this.headerLimit}`;
    return new MeshError(this.code, `${this.what} is too large: ${told}: give data as the payload`);
  }

  /** Passes a frame on. @throws MeshError when it cannot be sent */
  checked(frame: EncodedFrame): EncodedFrame {
    const refusal = this.refusal(frame);
    if (refusal) throw refusal;
    return frame;
  }

  /** Passes a line with its payload inline on: people read it, who have no limit for lines. @throws MeshError */
  checkedLine(line: string): string {
    if (line.length * BYTES_A_UNIT <= this.payloadLimit) return line;
    const refusal = this.payloadRefusal(Buffer.byteLength(line));
    if (refusal) throw refusal;
    return line;
  }

  /** Why a payload of so many bytes cannot be sent; `undefined` when it can. */
  payloadRefusal(bytes: number): MeshError | undefined {
    if (bytes <= this.payloadLimit) return undefined;
    const told = `its payload of ${bytes} bytes is larger than [mesh] payload_limit = ${this.payloadLimit}`;
    return new MeshError(
      this.code,
      `${this.what} is too large: ${told}: pass a path or an id instead of the data`,
    );
  }
}
