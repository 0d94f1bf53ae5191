// What an agent counts of its messages, and what it says about them in its log.
import { errorCode, errorText, PyrosError } from '../errors/index.js';
import type { Logger } from '../log/index.js';
import type { Envelope } from './envelope.js';
import { shorten } from './frame.js';

export class AgentRecord {
  #counters = { received: 0, done: 0, failed: 0, refused: 0 };
  #lastError: string | undefined;

  /** @param log - asked for late: a subclass of the agent may have its own */
  constructor(private readonly log: () => Logger) {}

  /** Since the start. */
  get counters() {
    return { ...this.#counters };
  }

  /** Text of the last error that was no answer's. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  received(): void {
    this.#counters.received += 1;
  }

  succeeded(): void {
    this.#counters.done += 1;
  }

  /** An action has thrown. */
  failed(envelope: Envelope, error: unknown): void {
    this.#counters.failed += 1;
    if (error instanceof PyrosError) {
      this.log().warn(
        `${shorten(envelope.message)} from ${envelope.from ?? 'by hand'}: ${errorText(error)}`,
        {
          code: error.code,
        },
      );
    } else this.error(`action of "${envelope.message}"`, error);
  }

  /** A message that may not be sent; its refusal is logged elsewhere. */
  denied(): void {
    this.#counters.refused += 1;
  }

  /** A message that the agent does not know. */
  unknown(envelope: Envelope, text: string): void {
    this.#counters.refused += 1;
    this.log().warn(text, { from: envelope.from });
  }

  /** A peer that was cut. */
  badPeer(name: string, reason: string): void {
    this.#counters.refused += 1;
    this.log().warn(`closed the connection of ${name}: ${reason}`);
  }

  /** An error that is not the answer to a message. */
  error(what: string, error: unknown): void {
    this.#lastError = `${what}: ${errorText(error)}`;
    const stack = error instanceof Error && !(error instanceof PyrosError) ? { stack: error.stack } : {};
    this.log().error(this.#lastError, { code: errorCode(error), ...stack });
  }
}
