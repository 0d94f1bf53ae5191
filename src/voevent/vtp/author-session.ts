// One author's connection to a receiver: frames in, answers out, in order, one at a time.
import { isoTime } from '../../clock/index.js';
import { errorCode, errorText } from '../../errors/index.js';
import type { Connection } from '../../socket/index.js';
import { VOEventError, type VtpError } from '../errors.js';
import { readVOEvent } from '../parse.js';
import { encodeFrame, FrameReader } from './frame.js';
import type { Reception } from './reception.js';
import { type TransportRole, writeTransport } from './transport.js';

/** Answers that a peer may leave unread before it is waited for. */
const MAX_UNREAD_BYTES = 64 * 1024;

/** Serves one connection from its first byte to its end. */
export class AuthorSession {
  #reader: FrameReader;
  #frames: Uint8Array[] = [];
  /** What made the stream of no use; what still comes in is thrown away. */
  #broken: VtpError | undefined;
  #answered = 0;
  #peerEnded = false;
  #stopping = false;
  /** More has come while frames are in hand: nothing is read until they are answered. */
  #held = false;
  /** The frames in hand. */
  #serving: Promise<void> | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #onDrain: (() => void) | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly reception: Reception,
    private readonly onOver: () => void,
  ) {
    this.#reader = new FrameReader(reception.limits.maxBytes);
    this.#awaitUntil('a whole frame');
    connection.start({
      onData: (chunk) => this.#read(chunk),
      onEnd: () => this.#peerHasEnded(),
      onDrain: () => this.#onDrain?.(),
      onClose: () => this.#over(),
    });
  }

  /** Answers the event in hand, and ends. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#onDrain?.();
    await this.#serving;
    this.connection.end();
  }

  /** Bytes of a frame that is not complete. */
  get bufferedBytes(): number {
    return this.#reader.bufferedBytes;
  }

  /** It holds more than all others, and there is no room for more. */
  makeRoom(): void {
    this.#giveUp(
      'VTP_BUSY',
      `it holds ${this.bufferedBytes} bytes of a frame, and there is no room for more`,
    );
    this.#forget();
  }

  #over(): void {
    clearTimeout(this.#deadline);
    this.#forget();
    this.#onDrain?.();
    this.onOver();
  }

  #forget(): void {
    this.reception.bufferedBytes -= this.#reader.bufferedBytes;
    // Bytes that come late must not be counted again.
    this.#reader = new FrameReader(0);
  }

  #read(chunk: Uint8Array): void {
    if (this.#broken || this.#stopping) return;
    if (this.#serving) this.#hold();
    const before = this.#reader.bufferedBytes;
    try {
      this.#reader.push(chunk, this.#frames);
    } catch (error) {
      this.#broken = error as VtpError;
    }
    this.reception.bufferedBytes += this.#reader.bufferedBytes - before;
    if (this.reception.bufferedBytes > this.reception.maxBufferedBytes) this.reception.makeRoom();
    if (this.connection.closed) return;
    if (this.#frames.length > 0 || this.#broken) this.#serve();
  }

  #hold(): void {
    this.#held = true;
    this.connection.pause();
  }

  #peerHasEnded(): void {
    this.#peerEnded = true;
    if (!this.#serving) this.connection.end();
  }

  /** Serves what is complete; what comes meanwhile waits. */
  #serve(): void {
    if (this.#serving) return;
    clearTimeout(this.#deadline);
    this.#serving = this.#answerAll().then(() => {
      this.#serving = undefined;
      this.#goOn();
    });
  }

  /** Never rejects. */
  async #answerAll(): Promise<void> {
    for (let frame = this.#frames.shift(); frame; frame = this.#frames.shift()) {
      if (this.connection.closed) return;
      await this.#answer(frame);
      if (this.#stopping) return;
    }
    if (this.#broken) this.#refuse(this.#broken);
  }

  #goOn(): void {
    if (this.#held) this.connection.resume();
    this.#held = false;
    if (this.#peerEnded || this.#broken || this.#stopping) this.connection.end();
    else if (!this.connection.closed) this.#awaitUntil('the next frame');
  }

  async #answer(frame: Uint8Array): Promise<void> {
    const { counters, limits, policy, onEvent } = this.reception;
    const { peer } = this.connection;
    counters.received += 1;
    try {
      const reading = readVOEvent(frame, limits, policy);
      const { event } = reading;
      await onEvent(frame, reading, peer);
      counters.accepted += 1;
      this.#send('ack', event.ivorn);
    } catch (error) {
      if (error instanceof VOEventError) this.#refuse(error);
      else this.#fail(error);
      // A peer that sends rubbish in small frames shall not keep the others waiting.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await this.#drained();
  }

  #refuse(error: VOEventError | VtpError): void {
    const origin = error instanceof VOEventError ? error.ivorn : undefined;
    this.reception.counters.refused += 1;
    this.#count(error.code);
    const fields = { code: error.code, reason: error.message, ivorn: origin, peer: this.connection.peer };
    this.reception.log.warn('VOEvent refused', fields);
    this.#send('nak', origin ?? this.reception.localIvorn, error.message);
  }

  /** No answer: to VTP that is a passing trouble, and the author may send again. */
  #fail(error: unknown): void {
    const code = errorCode(error) ?? 'unknown';
    this.reception.counters.failed += 1;
    this.#count(code);
    const fields = { code, reason: errorText(error), peer: this.connection.peer };
    this.reception.log.warn('VOEvent not taken over, its author gets no answer', fields);
    this.connection.end();
  }

  #send(role: TransportRole, origin: string, result?: string): void {
    const { localIvorn, clock } = this.reception;
    this.#answered += 1;
    const message = { role, origin, response: localIvorn, timeStamp: isoTime(clock.now()), params: [] };
    const frame = encodeFrame(writeTransport(result === undefined ? message : { ...message, result }));
    // The last answer leaves at once, before subscribers are served; those of a burst leave together.
    if (this.#frames.length > 0) this.connection.send(frame);
    else this.connection.sendShared(frame);
  }

  /** Waits for a peer that sends faster than it reads, though not for ever. */
  async #drained(): Promise<void> {
    if (this.connection.closed || this.connection.bufferedBytes < MAX_UNREAD_BYTES) return;
    this.#awaitUntil('its answers to be read');
    await new Promise<void>((resolve) => {
      this.#onDrain = resolve;
    });
    clearTimeout(this.#deadline);
  }

  #awaitUntil(what: string): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#late(what), this.reception.timeoutMs).unref();
  }

  /** An author that has its answers and sends nothing more has done nothing wrong. */
  #late(what: string): void {
    const idle = this.#answered > 0 && this.#reader.bufferedBytes === 0 && !this.#serving;
    if (idle) this.connection.end();
    else this.#giveUp('VTP_TIMEOUT', `${this.reception.timeoutMs} ms have passed without ${what}`);
  }

  #giveUp(code: string, reason: string): void {
    this.#count(code);
    this.reception.log.warn('author given up', { code, reason, peer: this.connection.peer });
    this.connection.destroy();
  }

  #count(code: string): void {
    const { byCode } = this.reception.counters;
    byCode[code] = (byCode[code] ?? 0) + 1;
  }
}
