// One message on its way through an agent: what was read, who sent it, and how it is answered.
import {
  ANSWER_OK,
  ANSWER_PROGRESS,
  encodeError,
  encodeFrame,
  encodeTextFrame,
  type Frame,
} from './frame.js';
import type { PostedPlace } from './inbox.js';
import type { Action, MessageContext } from './message.js';

/** Where answers go: one connection. */
export interface AnswerSink {
  send(piece: string | Uint8Array): void;
  /** Keeps the answers to frames without id in order; `undefined` frees the place. */
  ordered(envelope: Envelope): void;
  settled(envelope: Envelope): void;
  /** The agent's store, for actions that change it. */
  transaction<T>(envelope: Envelope, change: () => T): Promise<T>;
  /** Calls `abort` when the peer goes or the agent stops. */
  onAbort(envelope: Envelope, abort: (reason: Error) => void): void;
}

/** A received message. It answers exactly once; answers to a peer that has gone are dropped. */
export class Envelope implements MessageContext {
  action: Action | undefined;
  /** The answer, when it has to wait for the answers before it. */
  answer: (string | Uint8Array)[] | undefined;
  answered = false;
  readonly receivedMs = performance.now();
  /** Place in its sender's outbox, of a posted message. */
  place: PostedPlace | undefined;
  /** That a posted message is handled has been recorded in the agent's store. */
  recorded = false;
  readonly committed: (() => void)[] = [];
  #controller: AbortController | undefined;

  constructor(
    readonly frame: Frame,
    private readonly sink: AnswerSink,
  ) {
    if (frame.id === undefined) sink.ordered(this);
  }

  get message(): string {
    return this.frame.message;
  }

  get from(): string | undefined {
    return this.frame.from;
  }

  /** Whether the sender waits no longer. */
  get expired(): boolean {
    const { deadline } = this.frame;
    return deadline !== undefined && performance.now() - this.receivedMs > deadline;
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
    this.committed.push(callback);
  }

  progress(data: unknown): void {
    if (!this.answered && this.frame.id !== undefined) this.#send(ANSWER_PROGRESS, data);
    else if (!this.answered) this.sink.send(encodeTextFrame(ANSWER_PROGRESS, '', data));
  }

  /** Answers `OK`, with the action's reply if it has one. */
  ok(reply: unknown): void {
    if (this.answered) return;
    this.answered = true;
    this.#send(ANSWER_OK, reply);
    this.sink.settled(this);
  }

  /** Answers `ERROR`. */
  error(code: string, text: string): void {
    if (this.answered) return;
    this.answered = true;
    this.#deliver([encodeError(this.#idField(), code, text)]);
    this.sink.settled(this);
  }

  #send(kind: string, data: unknown): void {
    const idField = this.#idField();
    // Agents name themselves and read MessagePack; people do neither.
    if (this.frame.from === undefined) {
      this.#deliver([encodeTextFrame(kind, idField, data)]);
      return;
    }
    const { header, payload } = encodeFrame(kind, idField, data);
    this.#deliver(payload ? [header, payload, '\n'] : [header]);
  }

  #deliver(pieces: (string | Uint8Array)[]): void {
    if (this.frame.id === undefined && this.answered) this.answer = pieces;
    else for (const piece of pieces) this.sink.send(piece);
  }

  #idField(): string {
    return this.frame.id === undefined ? '' : `\tid=${this.frame.id}`;
  }
}
