// Brings the posted messages to one agent: in order, pipelined, again and again until they are handled.
import { errorText } from '../errors/index.js';
import type { Logger } from '../log/index.js';
import { AnswerError, MeshError, saysNotHandled } from './errors.js';
import type { Outbox, PostedMessage } from './outbox.js';
import type { OutgoingPeer } from './outgoing-peer.js';

/** Messages under way at once. */
const WINDOW = 2048;
/** Messages kept in memory beyond those; the rest is read from the disk when it is their turn. */
const QUEUE_LIMIT = 4096;
const READ_AT_ONCE = 2048;
/** What those under way and those in memory may take, each; one message is always let through. */
const MEMORY_BYTES = 8 * 2 ** 20;

/** A pause after a failure is this part of the time since the first: whoever returns after 3 s is noticed within 0.2 s. */
const PAUSE_PART = 0.05;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** Part of a pause that is random, so that many senders do not come at once. */
const JITTER = 0.25;
/** Somebody who is away for so long is worth a line in the log. */
const TELL_AFTER_MS = 1_000;
/** A message whose action fails is set aside after so many tries: after some six seconds, for others wait behind it. */
export const POST_TRIES = 10;
/** The pause after the first of them, twice as long after each further one, up to `[mesh] retry_pause`. */
const FIRST_RETRY_MS = 100;
/** How long one message may take to be handled before it is sent again. */
const HANDLING_MS = 10 * 60_000;

/** Answers that say that another try would fare the same. */
const HOPELESS = new Set(['UNKNOWN_MESSAGE', 'BAD_PAYLOAD', 'BAD_FRAME', 'DENIED', 'NOT_POSTABLE']);

/** A message under way. */
interface Underway {
  posted: PostedMessage;
  done: boolean;
  /** Its answer was an error, which means something only when all before it were handled. */
  error: unknown;
}

export class OutboxCourier {
  #queue: PostedMessage[] = [];
  #queueBytes = 0;
  #underway: Underway[] = [];
  #underwayBytes = 0;
  /** The disk holds messages that are not in the queue. */
  #behind = true;
  #lastQueued: number;
  #delivered: number;
  /** Highest number that was ever sent: sent once more, the receiver is told. */
  #highestSent = 0;
  #failingSinceMs: number | undefined;
  #tries = 0;
  #pause: NodeJS.Timeout | undefined;
  /** Handled, and not yet noted on the disk. */
  #notes: number[] = [];
  /** Told in the log that the agent is away. */
  #told = false;
  #stopped = false;
  /** Answers to messages of an earlier round mean nothing any more. */
  #round = 0;

  constructor(
    private readonly agent: string,
    private readonly outbox: Outbox,
    private readonly peer: Pick<OutgoingPeer, 'sendPosted'>,
    private readonly log: Logger,
    private readonly longestRetryMs: number,
  ) {
    this.#delivered = outbox.deliveredTo(agent);
    this.#lastQueued = this.#delivered;
  }

  /** A message has come to lie on the disk. */
  posted(message: PostedMessage): void {
    if (!this.#behind && this.#queue.length < QUEUE_LIMIT && this.#queueBytes < MEMORY_BYTES) {
      if (message.number > this.#lastQueued) {
        this.#queue.push(message);
        this.#queueBytes += sizeOf(message);
        this.#lastQueued = message.number;
      }
    } else this.#behind = true;
    this.run();
  }

  /** Sends what there is to send. */
  run(): void {
    if (this.#stopped || this.#pause) return;
    if (this.#queue.length === 0 && this.#behind) this.#readOn();
    while (this.#queue.length > 0 && this.#underway.length < WINDOW && this.#underwayBytes < MEMORY_BYTES) {
      const next = this.#queue.shift() as PostedMessage;
      this.#queueBytes -= sizeOf(next);
      this.#send(next);
      if (this.#queue.length === 0 && this.#behind) this.#readOn();
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#pause);
  }

  #readOn(): void {
    this.#queue = this.outbox.next(this.agent, this.#lastQueued, READ_AT_ONCE, MEMORY_BYTES);
    this.#queueBytes = this.#queue.reduce((sum, message) => sum + sizeOf(message), 0);
    this.#behind = this.#queue.length === READ_AT_ONCE || this.#queueBytes >= MEMORY_BYTES;
    this.#lastQueued = this.#queue.at(-1)?.number ?? this.#lastQueued;
  }

  #send(posted: PostedMessage): void {
    const { number } = posted;
    const before = this.#underway.at(-1)?.posted.number;
    const item = { posted, done: false, error: undefined };
    this.#underway.push(item);
    this.#underwayBytes += sizeOf(posted);
    const round = this.#round;
    const again = number <= this.#highestSent;
    this.#highestSent = Math.max(this.#highestSent, number);
    const place = {
      seq: `${this.outbox.id}.${number}`,
      after: before === number - 1 ? undefined : before,
      settled: before === undefined ? this.#delivered : undefined,
      again,
    };
    this.peer.sendPosted(posted, place, HANDLING_MS).then(
      () => {
        if (round === this.#round) this.#handled(item);
      },
      (error) => {
        if (round !== this.#round) return;
        item.error = error;
        this.#headFailed();
      },
    );
  }

  #handled(item: Underway): void {
    item.done = true;
    this.#failingSinceMs = undefined;
    if (this.#told) this.log.info(`${this.agent} takes posted messages again`);
    this.#told = false;
    let count = 0;
    while (this.#underway[count]?.done) count += 1;
    if (count === 0) return;
    this.#tries = 0;
    const handled = this.#underway.splice(0, count);
    for (const { posted } of handled) this.#underwayBytes -= sizeOf(posted);
    this.#noteSoon(handled.map(({ posted }) => posted.number));
    this.#headFailed();
    this.run();
  }

  /** Many answers come in one tick: they are noted together. */
  #noteSoon(numbers: number[]): void {
    this.#delivered = numbers.at(-1) ?? this.#delivered;
    if (this.#notes.length === 0) setImmediate(() => this.#note());
    this.#notes.push(...numbers);
  }

  #note(): void {
    const numbers = this.#notes;
    this.#notes = [];
    const last = numbers.at(-1);
    if (last === undefined || this.#stopped) return;
    this.outbox.delivered(this.agent, last, numbers).catch((error) => {
      // Not noted: they would be sent again after a restart, and not be handled twice.
      this.log.error(`the outbox cannot note what was delivered: ${errorText(error)}`);
    });
  }

  /**
   * Decides on the first message that is not handled, if it has failed. Only an answer with the action's own error
   * counts as a try: an agent that is away or stops says nothing about the message, whatever an action's code is.
   */
  #headFailed(): void {
    const [head] = this.#underway;
    if (head?.error === undefined) return;
    const { posted, error } = head;
    // The limits in the INI file are lower than when it was posted.
    if (error instanceof MeshError && error.code === 'MESSAGE_TOO_LARGE') {
      void this.#giveUp(posted, error.code, error);
      return;
    }
    if (!(error instanceof AnswerError) || saysNotHandled(error)) {
      this.#again(error);
      return;
    }
    this.#tries += 1;
    if (HOPELESS.has(error.code) || this.#tries >= POST_TRIES) void this.#giveUp(posted, error.code, error);
    else this.#again(error, Math.min(this.longestRetryMs, FIRST_RETRY_MS * 2 ** (this.#tries - 1)));
  }

  async #giveUp({ number, message }: PostedMessage, code: string, error: unknown): Promise<void> {
    const reason = errorText(error);
    this.log.error(`"${message}" to ${this.agent} is set aside: ${reason}; see pyros outbox`, {
      code,
      number,
    });
    this.#startOver();
    this.#tries = 0;
    // What was delivered before it is noted before it.
    this.#note();
    this.#pause = setTimeout(() => undefined, LONGEST_PAUSE_MS).unref();
    try {
      await this.outbox.setAside(this.agent, number, code, reason);
      this.#delivered = number;
    } catch (storeError) {
      this.log.error(`the outbox cannot set a message aside: ${errorText(storeError)}`);
      this.#again(storeError);
      return;
    }
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#startOver();
    this.run();
  }

  /** After a pause, everything from the first message that was not handled. */
  #again(error: unknown, retryMs = 0): void {
    this.#startOver();
    const nowMs = performance.now();
    this.#failingSinceMs ??= nowMs;
    const failingMs = nowMs - this.#failingSinceMs;
    if (failingMs > TELL_AFTER_MS && !this.#told) {
      this.#told = true;
      this.log.warn(`posted messages wait for ${this.agent}: ${errorText(error)}`);
    }
    const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, retryMs, failingMs * PAUSE_PART));
    clearTimeout(this.#pause);
    this.#pause = setTimeout(
      () => {
        this.#pause = undefined;
        this.run();
      },
      pauseMs * (1 - JITTER * Math.random()),
    ).unref();
  }

  #startOver(): void {
    this.#round += 1;
    this.#queue = [];
    this.#queueBytes = 0;
    this.#underway = [];
    this.#underwayBytes = 0;
    this.#behind = true;
    this.#lastQueued = this.#delivered;
  }
}

function sizeOf({ payload }: PostedMessage): number {
  return payload?.length ?? 0;
}
