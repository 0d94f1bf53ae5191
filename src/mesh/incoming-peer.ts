// One connection that came in to an agent: reads its frames, keeps its answers in order, holds it to the limits.
import { errorText } from '../errors/index.js';
import type { Connection } from '../socket/index.js';
import { AnswerFlow, type FlowLimits, NOT_READING } from './answer-flow.js';
import type { AnswerSink, Envelope } from './envelope.js';
import { MeshError } from './errors.js';
import { type EncodedFrame, encodeError, type Frame } from './frame.js';
import type { FrameBounds } from './frame-bounds.js';
import { FrameClock } from './frame-clock.js';
import { type FrameLimits, FrameReader } from './frame-reader.js';
import type { IncomingRoom, RoomClaim } from './incoming-room.js';

/**
 * A first line that is exactly a known message counts as sent when no line end has followed for this long: not
 * every netcat closes its side when its input ends.
 */
const BARE_MESSAGE_MS = 150;

/** A peer that is not read from is shown this often that somebody is there; it would wait three times as long. */
const SIGN_OF_LIFE_MS = 5_000;

/** Limits of one connection. */
export interface PeerLimits extends FrameLimits, FlowLimits {
  firstByteTimeoutMs: number;
  /** How long a sender waits for an answer that does not say. */
  usualDeadlineMs: number;
  /** For messages that have not come whole. */
  room: IncomingRoom;
}

/** Why a peer is not read from. */
export type PauseReason = 'mailbox' | 'answers' | 'room';

/** What an agent does with a connection's frames. */
export interface PeerOwner {
  onFrame(frame: Frame, peer: IncomingPeer): void;
  /** Whether a line without an end is a whole message. */
  isMessage(text: string): boolean;
  onBadPeer(peer: IncomingPeer, reason: string): void;
  transaction<T>(envelope: Envelope, change: () => T): Promise<T>;
}

export class IncomingPeer implements AnswerSink {
  readonly name: string;
  #reader: FrameReader;
  #order: Envelope[] = [];
  #aborts = new Map<Envelope, (reason: Error) => void>();
  readonly #frameClock: FrameClock;
  /** Runs while a peer that has the room for a large message does not read its answers, and so is not read from. */
  readonly #deafClock: FrameClock;
  #bareTimer: NodeJS.Timeout | undefined;
  #signs: NodeJS.Timeout | undefined;
  #flow: AnswerFlow;
  readonly #claim: RoomClaim;
  #pauses = new Set<PauseReason>();
  #unanswered = 0;
  #ended = false;
  #heard = false;
  #isSender = false;

  constructor(
    private readonly connection: Connection,
    private readonly owner: PeerOwner,
    private readonly limits: PeerLimits,
    private readonly onGone: () => void,
  ) {
    this.name = connection.peer;
    const { frameTimeoutMs } = limits;
    this.#frameClock = new FrameClock(frameTimeoutMs, () => this.#frameIsLate());
    this.#deafClock = new FrameClock(frameTimeoutMs, () => connection.destroy(this.#bad(NOT_READING)));
    this.#reader = new FrameReader(limits, (frame) => {
      // The next one has its own time, and waits for its own turn.
      this.#resetClocks();
      this.#claim.end();
      this.#unanswered += 1;
      this.#lookForSender(frame);
      owner.onFrame(frame, this);
    });
    const flowOwner = {
      hold: () => this.pause('answers'),
      release: () => this.resume('answers'),
      bad: (reason: string) => this.#bad(reason),
    };
    this.#flow = new AnswerFlow(connection, flowOwner, limits);
    this.#claim = limits.room.claim(connection.remoteAddress, {
      hold: () => this.pause('room'),
      release: () => this.resume('room'),
    });
    connection.closeWhenIdle(limits.firstByteTimeoutMs, () => this.#bad('nothing was received in time'));
    connection.start({
      onData: (chunk) => this.#onData(chunk),
      onDrain: () => {
        this.#flow.drained();
        this.#watchFrame();
      },
      onEnd: () => this.#onEnd(),
      onClose: () => this.#onClose(),
    });
  }

  get readMs(): number {
    return this.connection.lastReadMs;
  }

  get usualDeadlineMs(): number {
    return this.limits.usualDeadlineMs;
  }

  get bounds(): FrameBounds {
    return this.limits.bounds;
  }

  send(frame: EncodedFrame): void {
    this.#flow.send(frame);
  }

  sendOk(id: number, reply: unknown): void {
    this.#flow.sendOk(id, reply);
  }

  transaction<T>(envelope: Envelope, change: () => T): Promise<T> {
    return this.owner.transaction(envelope, change);
  }

  ordered(envelope: Envelope): void {
    this.#order.push(envelope);
  }

  settled(envelope: Envelope): void {
    this.#unanswered -= 1;
    if (this.#aborts.size > 0) this.#aborts.delete(envelope);
    if (envelope.answer) {
      this.#flow.wait(envelope.answer);
      this.#sendInOrder();
    }
    if (this.#ended && this.#unanswered === 0) this.connection.end();
  }

  onAbort(envelope: Envelope, abort: (reason: Error) => void): void {
    if (this.connection.closed && !this.#ended) abort(peerGone(this.name));
    else this.#aborts.set(envelope, abort);
  }

  /** Tells the actions that run for this peer that they are not wanted any more. */
  abortActions(reason: Error): void {
    for (const abort of [...this.#aborts.values()]) abort(reason);
    this.#aborts.clear();
  }

  /**
   * Reads no more, so that the peer's writes fill up and it slows down, until no reason is left.
   * @returns whether this reason is new
   */
  pause(reason: PauseReason): boolean {
    if (this.#pauses.has(reason)) return false;
    this.#pauses.add(reason);
    this.connection.pause();
    // What does not come now is not its fault. Only answers can be let pile up again and again amid one frame.
    if (reason !== 'answers') this.#resetClocks();
    this.#watchFrame();
    this.#signs ??= setInterval(() => this.#showLife(), SIGN_OF_LIFE_MS).unref();
    return true;
  }

  resume(reason: PauseReason): void {
    if (!this.#pauses.delete(reason)) return;
    this.#watchFrame();
    if (this.#pauses.size > 0) return;
    this.#endSigns();
    this.connection.resume();
  }

  /** A sender whose `Ping` is not read must not take this agent for dead. Empty lines mean nothing. */
  #showLife(): void {
    if (this.#isSender && this.connection.bufferedBytes === 0) this.connection.send('\n');
  }

  #endSigns(): void {
    clearInterval(this.#signs);
    this.#signs = undefined;
  }

  /** Sends what is left and closes. */
  end(): void {
    this.connection.end();
  }

  #onData(chunk: Buffer): void {
    clearTimeout(this.#bareTimer);
    if (this.#ended) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    // The first of a sender may be large, and has to wait for its turn before it is whole.
    if (this.#reader.open) this.#lookForSender(this.#reader.open);
    this.#claim.look(this.#reader.pendingBytes, this.#reader.wholeBytes);
    if (!this.#heard) this.#firstBytes();
    this.#watchFrame();
  }

  /** People who type messages name nobody. */
  #lookForSender({ from, id }: Frame): void {
    if (from !== undefined && id !== undefined) this.#isSender = true;
  }

  #firstBytes(): void {
    this.#heard = true;
    this.connection.closeWhenIdle(this.limits.idleTimeoutMs, () => new Error('idle'));
  }

  /** A frame that has begun must be completed in time, however slowly its bytes drip. */
  #watchFrame(): void {
    clearTimeout(this.#bareTimer);
    if (this.#isDeaf()) this.#deafClock.go();
    else this.#deafClock.stand();
    if (this.#pauses.size > 0) this.#frameClock.stand();
    else if (this.#reader.pendingBytes === 0) this.#resetClocks();
    else this.#watchBytes();
  }

  #watchBytes(): void {
    this.#frameClock.go();
    if (!this.#reader.sawLine)
      this.#bareTimer = setTimeout(() => this.#bareMessage(), BARE_MESSAGE_MS).unref();
  }

  /** Others may wait for the room that it has. Answers that wait for one before them are not its fault. */
  #isDeaf(): boolean {
    const isOwnFault = this.#pauses.size === 1 && this.#pauses.has('answers');
    return isOwnFault && this.#claim.isGranted && this.connection.bufferedBytes > 0;
  }

  #frameIsLate(): void {
    const text = `not complete after ${this.limits.frameTimeoutMs} ms: end the message with a line end`;
    this.#refuse(new MeshError('BAD_FRAME', text));
  }

  #resetClocks(): void {
    this.#frameClock.reset();
    this.#deafClock.reset();
  }

  #bareMessage(): void {
    const text = this.#reader.partialLine();
    if (text === undefined || !this.owner.isMessage(text)) return;
    this.#reader.finishLine();
    this.#watchFrame();
  }

  /** Bytes left when the peer closes count as a message. */
  #onEnd(): void {
    this.#frameClock.reset();
    clearTimeout(this.#bareTimer);
    if (this.#ended) return;
    try {
      this.#reader.finishLine();
    } catch (error) {
      this.#refuse(error);
      return;
    }
    this.#ended = true;
    this.#dropFrame();
    // A Sender closes when it has gone; a person's netcat closes its side and still waits for the answers.
    if (this.#isSender) this.abortActions(peerGone(this.name));
    if (this.#unanswered === 0) this.connection.end();
  }

  #onClose(): void {
    this.#dropFrame();
    this.#flow.gone();
    this.#endSigns();
    this.#order = [];
    this.abortActions(peerGone(this.name));
    this.onGone();
  }

  /** The stream is out of step: say why, and close. */
  #refuse(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#dropFrame();
    const text = errorText(error);
    this.connection.send(encodeError('', 'BAD_FRAME', text, this.limits.headerLimit));
    this.connection.end();
    this.#bad(text);
  }

  /** What has come of a frame is of no use any more, while answers may go out for long. */
  #dropFrame(): void {
    this.#reader.drop();
    this.#claim.end();
    this.#resetClocks();
    clearTimeout(this.#bareTimer);
  }

  #bad(reason: string): Error {
    this.owner.onBadPeer(this, reason);
    return new MeshError('BAD_FRAME', reason);
  }

  #sendInOrder(): void {
    let sent = 0;
    for (const { answer } of this.#order) {
      if (!answer) break;
      this.#flow.waited(answer);
      this.#flow.send(answer);
      sent += 1;
    }
    this.#order.splice(0, sent);
  }
}

function peerGone(name: string): Error {
  return new MeshError('CONNECTION_LOST', `${name} has gone`);
}
