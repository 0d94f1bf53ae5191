// The answers on their way to one peer: in memory are never more than the limit, whatever the peer does.
import type { Connection } from '../socket/index.js';
import { ANSWER_OK, type EncodedFrame, sendFrame } from './frame.js';
import type { FrameBounds } from './frame-bounds.js';
import { headerShape, writeFrame } from './frame-writer.js';
import type { AnswersOfPeer, UnreadAnswers } from './unread-answers.js';

const OK_SHAPE = headerShape(ANSWER_OK, '');

/** What is done about a peer that lets its answers pile up. */
export interface FlowOwner {
  /** No more is to be read from the peer. */
  hold(): void;
  /** It is read from again. */
  release(): void;
  /** It is cut. @returns the reason, noted */
  bad(reason: string): Error;
}

/** Limits of the answers to one peer. */
export interface FlowLimits {
  /** Of each answer. */
  bounds: FrameBounds;
  /** At half of it no more is read from the peer; at all of it the peer is cut. */
  answerLimitBytes: number;
  /** A peer that is not read from and takes nothing for so long is cut. */
  frameTimeoutMs: number;
  idleTimeoutMs: number;
  /** To all peers together. */
  unread: UnreadAnswers;
}

export class AnswerFlow implements AnswersOfPeer {
  /** Of answers that wait for an answer before them. */
  #heldBytes = 0;
  #holds = false;
  #watches = false;
  /** It counts among the answers that wait for all peers together. */
  #isNoted = false;

  constructor(
    private readonly connection: Connection,
    private readonly owner: FlowOwner,
    private readonly limits: FlowLimits,
  ) {}

  /** Sends an answer, if there is still somebody to send it to. */
  send(frame: EncodedFrame): void {
    if (this.connection.closed) return;
    this.#look();
    sendFrame(this.connection, frame);
    this.#note();
  }

  /** As {@link AnswerFlow.send}, of an `OK`. @throws Error when the reply cannot be written */
  sendOk(id: number, reply: unknown): void {
    if (this.connection.closed) return;
    this.#look();
    writeFrame(this.connection, OK_SHAPE, id, reply, this.limits.bounds);
    this.#note();
  }

  /** An answer waits for one before it, unless it has come too late for its peer. */
  wait(frame: EncodedFrame): void {
    if (this.connection.closed) return;
    this.#heldBytes += sizeOf(frame);
    this.#look();
    this.#note();
  }

  /** It waits no longer. */
  waited(frame: EncodedFrame): void {
    // Of a connection that is closing not all were counted.
    this.#heldBytes = Math.max(0, this.#heldBytes - sizeOf(frame));
    if (this.#holds) this.#lookAgain();
  }

  /** The peer has taken all that was sent. */
  drained(): void {
    if (this.#watches) this.connection.closeWhenIdle(this.limits.idleTimeoutMs, () => new Error('idle'));
    this.#watches = false;
    if (this.#isNoted) this.#note();
    if (this.#holds) this.#lookAgain();
  }

  /** The connection is over. */
  gone(): void {
    this.#isNoted = false;
    this.limits.unread.note(this, 0);
  }

  get unreadBytes(): number {
    return this.connection.closed ? 0 : this.connection.bufferedBytes + this.#heldBytes;
  }

  cut(): void {
    this.connection.destroy(this.owner.bad(NOT_READING));
  }

  /** Tells what waits, when that is more than what is on its way to any peer. */
  #note(): void {
    const { unread } = this.limits;
    const bytes = this.connection.bufferedBytes + this.#heldBytes;
    if (bytes <= unread.shareBytes && !this.#isNoted) return;
    this.#isNoted = bytes > unread.shareBytes;
    unread.note(this, bytes);
  }

  #look(): void {
    const { answerLimitBytes } = this.limits;
    const unread = this.connection.bufferedBytes;
    const all = unread + this.#heldBytes;
    if (all <= answerLimitBytes / 2 || this.connection.closed) return;
    if (all > answerLimitBytes) {
      this.connection.destroy(this.owner.bad(NOT_READING));
      return;
    }
    if (!this.#holds) this.owner.hold();
    this.#holds = true;
    if (unread > answerLimitBytes / 2) this.#watch();
  }

  /** Whoever reads slowly may do so; whoever does not read is cut. */
  #watch(): void {
    if (this.#watches) return;
    this.#watches = true;
    this.connection.closeWhenIdle(this.limits.frameTimeoutMs, () => this.owner.bad(NOT_READING));
  }

  #lookAgain(): void {
    if (this.connection.bufferedBytes + this.#heldBytes > this.limits.answerLimitBytes / 2) return;
    this.#holds = false;
    this.owner.release();
  }
}

/** About what a message and its answer take besides their bytes. */
const OVERHEAD_BYTES = 256;
/** Why a peer is cut. */
export const NOT_READING = 'it does not read its answers';

/** With what the memory keeps besides, as an `OK` is short. */
function sizeOf({ header, payload }: EncodedFrame): number {
  return OVERHEAD_BYTES + header.length + (payload?.length ?? 0);
}
