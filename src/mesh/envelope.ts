// One message on its way through an agent: what was read, who sent it, and how it is answered.
import {
  ANSWER_ERROR,
  ANSWER_OK,
  ANSWER_PROGRESS,
  type EncodedFrame,
  encodeError,
  encodeFrame,
  encodeTextFrame,
  errorWords,
  type Frame,
  textFrame,
} from './frame.js';
import type { FrameBounds } from './frame-bounds.js';
import type { PostedPlace } from './inbox.js';
import type { Action, MessageContext } from './message.js';

/** Where answers go: one connection. */
export interface AnswerSink {
  /** When the bytes came in that are read now (`performance.now()`). */
  readonly readMs: number;
  /** How long a sender waits that does not say. */
  readonly usualDeadlineMs: number;
  /** Of each answer. */
  readonly bounds: FrameBounds;
  send(frame: EncodedFrame): void;
  /** Sends `OK`, in MessagePack. @throws Error when the reply cannot be written */
  sendOk(id: number, reply: unknown): void;
  /** Keeps the answers to frames without id in order; `undefined` frees the place. */
  ordered(envelope: Envelope): void;
  settled(envelope: Envelope): void;
  /** The agent's store, for actions that change it. */
  transaction<T>(envelope: Envelope, change: () => T): Promise<T>;
  /** Calls `abort` when the peer goes or the agent stops. */
  onAbort(envelope: Envelope, abort: (reason: Error) => void): void;
}

/** About what a message takes besides its payload. */
const OVERHEAD_BYTES = 512;

/** A received message. It answers exactly once; answers to a peer that has gone are dropped. */
export class Envelope implements MessageContext {
  action: Action | undefined;
  /** The answer, when it has to wait for the answers before it. */
  answer: EncodedFrame | undefined;
  answered = false;
  readonly receivedMs: number;
  /** Place in its sender's outbox, of a posted message. */
  place: PostedPlace | undefined;
  /** The transaction that also records that a posted message is handled. */
  recorded: Promise<unknown> | undefined;
  /** What waits for the commit of a stored action. */
  committed: (() => void)[] | undefined;
  #controller: AbortController | undefined;

  constructor(
    readonly frame: Frame,
    private readonly sink: AnswerSink,
  ) {
    this.receivedMs = sink.readMs;
    if (frame.id === undefined) sink.ordered(this);
  }

  get message(): string {
    return this.frame.message;
  }

  /** About what it takes in memory. */
  get sizeBytes(): number {
    const { bytes, json } = this.frame;
    return OVERHEAD_BYTES + Math.max(0, bytes) + (json?.length ?? 0);
  }

  get from(): string | undefined {
    return this.frame.from;
  }

  /** Whether the sender waits no longer. */
  get expired(): boolean {
    const { deadline = this.sink.usualDeadlineMs, from, seq } = this.frame;
    return from !== undefined && seq === undefined && performance.now() - this.receivedMs > deadline;
  }

  /** Made when it is asked for: most actions do not need one. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      this.sink.onAbort(this, (reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }

  get redelivered(): boolean {
    return this.frame.again;
  }

  transaction<T>(change: () => T): Promise<T> {
    return this.sink.transaction(this, change);
  }

  onCommitted(callback: () => void): void {
    this.committed ??= [];
    this.committed.push(callback);
  }

  progress(data: unknown): void {
    if (!this.answered) this.sink.send(this.#encode(ANSWER_PROGRESS, data));
  }

  /** Answers `OK`, with the action's reply if it has one. @throws Error when that cannot be written, or is too large */
  ok(reply: unknown): void {
    if (this.answered) return;
    // Some replies cannot be written, and then there is still an error to be answered.
    const { id, from } = this.frame;
    if (typeof id === 'number' && from !== undefined) {
      this.sink.sendOk(id, reply);
      this.answered = true;
      this.sink.settled(this);
      return;
    }
    const answer = this.#encode(ANSWER_OK, reply);
    this.answered = true;
    this.#deliver(answer);
    this.sink.settled(this);
  }

  /** Answers `ERROR`. */
  error(code: string, text: string): void {
    if (this.answered) return;
    this.answered = true;
    const { headerLimit } = this.sink.bounds;
    const line = this.#ownLine(ANSWER_ERROR, errorWords(code, text, headerLimit));
    this.#deliver(textFrame(line ?? encodeError(this.#idField(), code, text, headerLimit)));
    this.sink.settled(this);
  }

  /** Agents name themselves and read MessagePack; people do neither. */
  #encode(kind: string, data: unknown): EncodedFrame {
    const idField = this.#idField();
    const { bounds } = this.sink;
    if (this.frame.from !== undefined) return bounds.checked(encodeFrame(kind, idField, data));
    return textFrame(bounds.checkedLine(this.#ownLine(kind, data) ?? encodeTextFrame(kind, idField, data)));
  }

  /** An action may have its own way to answer people. A line is a line, and holds no tab that a field begins with. */
  #ownLine(kind: string, data: unknown): string | undefined {
    if (this.frame.from !== undefined) return undefined;
    const line = this.action?.line?.(kind, data);
    return line && `${line.replace(/[\t\r\n]+/g, ' ')}${this.#idField()}\n`;
  }

  /** Answers to frames without an id wait for those before them. */
  #deliver(frame: EncodedFrame): void {
    if (this.frame.id === undefined) this.answer = frame;
    else this.sink.send(frame);
  }

  #idField(): string {
    return this.frame.id === undefined ? '' : `\tid=${this.frame.id}`;
  }
}
