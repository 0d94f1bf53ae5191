// What an agent counts of its messages, and what it says about them in its log. What others can cause as often as they
// like is told once, and then once a minute with its number.
import { errorCode, errorText, PyrosError, shorten } from '../errors/index.js';
import type { LogFields, Logger } from '../log/index.js';
import type { Envelope } from './envelope.js';
import { RepeatLog } from './repeat-log.js';

/** An action may fail for several reasons, and each is worth a look: so many are told at once within a minute. */
const REASONS_TOLD_AT_ONCE = 5;
/** Longest error that `Status` shows, in characters: it must fit into an answer. */
const LONGEST_ERROR = 500;

export class AgentRecord {
  #counters = { received: 0, done: 0, failed: 0, refused: 0 };
  #lastError: string | undefined;
  // Apart, so that a flood of one kind hides nothing of the others.
  readonly #failures: RepeatLog;
  readonly #refusals: RepeatLog;
  readonly #badPeers: RepeatLog;

  /**
   * @param log - asked for late: a subclass of the agent may have its own
   * @param isListed - whether a message is told apart; an agent may understand endless others
   */
  constructor(
    private readonly log: () => Logger,
    private readonly isListed: (message: string) => boolean,
  ) {
    this.#failures = new RepeatLog(log, 'other actions', REASONS_TOLD_AT_ONCE);
    this.#refusals = new RepeatLog(log, 'refused others');
    this.#badPeers = new RepeatLog(log, 'closed the connections of others');
  }

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
    const { message, from } = envelope;
    const what = `action of "${shorten(message)}"`;
    const isAnswer = error instanceof PyrosError;
    if (!isAnswer) this.#lastError = shorten(`${what}: ${errorText(error)}`, LONGEST_ERROR);
    const line = {
      level: isAnswer ? ('warn' as const) : ('error' as const),
      fields: () => ({ from, ...errorFields(error) }),
    };
    if (this.isListed(message)) this.#failures.note(what, errorText(error), line);
    else
      this.#failures.note('action of an unlisted message', `${shorten(message)}: ${errorText(error)}`, line);
  }

  /** A message that may not be sent; its refusal is logged elsewhere. */
  denied(): void {
    this.#counters.refused += 1;
  }

  /** A message that the agent does not know, or not in this way. */
  refused(envelope: Envelope, text: string): void {
    this.#counters.refused += 1;
    this.#refusals.note(`refused ${shorten(envelope.from ?? 'a message by hand')}`, text);
  }

  /** A peer that was cut. */
  badPeer(name: string, reason: string): void {
    this.#counters.refused += 1;
    const address = name.slice(0, name.lastIndexOf(':'));
    const line = { level: 'warn' as const, fields: () => ({ peer: name }) };
    this.#badPeers.note(`closed the connection of ${address}`, reason, line);
  }

  /** An error that is not the answer to a message. */
  error(what: string, error: unknown): void {
    this.#lastError = shorten(`${what}: ${errorText(error)}`, LONGEST_ERROR);
    this.log().error(this.#lastError, errorFields(error));
  }

  /** Tells what is counted and not told yet. */
  close(): void {
    for (const log of [this.#failures, this.#refusals, this.#badPeers]) log.close();
  }
}

/** What helps to find an error: the code of one that was foreseen, the stack of any other. */
function errorFields(error: unknown): LogFields {
  const stack = error instanceof Error && !(error instanceof PyrosError) ? { stack: error.stack } : {};
  return { code: errorCode(error), ...stack };
}
