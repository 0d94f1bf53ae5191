// Where actions run: in the order of the mailbox, posted messages in the order of their outboxes and handled once.
import { errorText, shorten } from '../errors/index.js';
import type { Store } from '../store/index.js';
import type { Envelope } from './envelope.js';
import { answerCode, MeshError } from './errors.js';
import { frameData } from './frame.js';
import { Inbox, placeOf } from './inbox.js';
import { Mailbox } from './mailbox.js';

/** What the desk tells its agent. */
export interface DeskOwner {
  succeeded(): void;
  failed(envelope: Envelope, error: unknown): void;
}

/** How the desk works. */
export interface DeskOptions {
  concurrent: boolean;
  /** Messages that wait before their peers are slowed down. */
  limit: number;
  /** What they may take in memory before that. */
  limitBytes: number;
}

/** Posted messages that share a transaction. */
const BATCH_LIMIT = 1024;
/** No more is begun in a transaction that has taken so long: nothing else is done meanwhile. */
const BATCH_MS = 25;

/** Messages that every agent knows run at once: when so many go on, their senders are slowed down all the same. */
const MOST_AT_ONCE = 256;

/** A round over the posted messages that wait; it takes its turn in the mailbox like any message. */
const POSTED_ROUND = Symbol('posted messages');

export class ActionDesk {
  readonly #mailbox: Mailbox<Envelope | typeof POSTED_ROUND>;
  readonly #inbox: Inbox;
  #posted: Envelope[] = [];
  /** The first of them, whose turn it is. */
  #round: Envelope[] = [];
  /** What posted messages take that are not answered yet. */
  #postedBytes = 0;
  #roundDue = false;
  /** Those that run without having waited for their turn. */
  #atOnce = 0;

  constructor(
    private readonly owner: DeskOwner,
    private readonly store: Store,
    options: DeskOptions,
  ) {
    this.#inbox = new Inbox(store);
    const limits = { count: options.limit, bytes: options.limitBytes };
    this.#mailbox = new Mailbox(
      (item) => this.#run(item),
      options.concurrent,
      limits,
      (item) => (item === POSTED_ROUND ? 0 : item.sizeBytes),
    );
    this.limit = options.limit;
    this.limitBytes = options.limitBytes;
  }

  private readonly limit: number;
  private readonly limitBytes: number;

  get waiting(): number {
    return this.#mailbox.depth + this.#posted.length + this.#round.length;
  }

  get running(): number {
    return this.#mailbox.running;
  }

  get full(): boolean {
    return this.#mailbox.full || this.#isFullBesides;
  }

  /** Of what does not lie in the mailbox itself. */
  get #isFullBesides(): boolean {
    const postedIsFull = this.#posted.length >= this.limit || this.#postedBytes >= this.limitBytes;
    return postedIsFull || this.#atOnce >= MOST_AT_ONCE;
  }

  /** Until now messages only waited; from now on they run. */
  open(): void {
    this.#mailbox.open();
  }

  /** Takes a message in. */
  push(envelope: Envelope): void {
    if (envelope.frame.seq === undefined) {
      this.#mailbox.push(envelope);
      return;
    }
    try {
      envelope.place = placeOf(envelope.frame);
    } catch (error) {
      this.#fail(envelope, error);
      return;
    }
    this.#posted.push(envelope);
    this.#postedBytes += envelope.sizeBytes;
    this.#callRound();
  }

  /** Takes out all that wait, also of the posted messages whose turn it is. */
  clear(): Envelope[] {
    const posted = [...this.#round.splice(0), ...this.#posted.splice(0)];
    for (const { sizeBytes } of posted) this.#postedBytes -= sizeBytes;
    return [...this.#mailbox.clear().filter((item) => item !== POSTED_ROUND), ...posted];
  }

  whenRoom(callback: () => void): void {
    if (this.#isFullBesides) this.#roomCallbacks.push(callback);
    else this.#mailbox.whenRoom(callback);
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return this.#mailbox.idle();
  }

  /** Runs an action at once, without waiting for its turn: for messages that every agent knows. */
  runNow(envelope: Envelope): void {
    const going = this.#execute(envelope);
    if (!going) return;
    this.#atOnce += 1;
    void going.finally(() => {
      this.#atOnce -= 1;
      this.#tellRoom();
    });
  }

  /** The store's transaction of an action; of a posted message it also records that it is handled. */
  transaction<T>(envelope: Envelope, change: () => T): Promise<T> {
    const { place } = envelope;
    if (!place) return this.store.transaction(change);
    if (envelope.recorded) throw new Error('an action may have one transaction');
    const recorded = this.store.transaction(() => {
      const result = change();
      this.#inbox.record(place);
      return result;
    });
    envelope.recorded = recorded;
    // Its failure is the action's, if that waits for it, and else told when the action has run.
    recorded.catch(() => undefined);
    return recorded;
  }

  #roomCallbacks: (() => void)[] = [];

  #callRound(): void {
    if (this.#roundDue) return;
    this.#roundDue = true;
    this.#mailbox.push(POSTED_ROUND);
  }

  #run(item: Envelope | typeof POSTED_ROUND): void | Promise<void> {
    return item === POSTED_ROUND ? this.#postedRound() : this.#execute(item);
  }

  /** Runs an action. What is not a promise is answered at once. */
  #execute(envelope: Envelope): void | Promise<void> {
    try {
      if (envelope.expired) throw expired();
      const result = envelope.action?.stored ? this.#storedAlone(envelope) : this.#act(envelope);
      if (result instanceof Promise) {
        return result.then(
          (reply) => this.#succeed(envelope, reply),
          (error) => this.#fail(envelope, error),
        );
      }
      this.#succeed(envelope, result);
    } catch (error) {
      this.#fail(envelope, error);
    }
  }

  #act(envelope: Envelope): unknown {
    return envelope.action?.run(frameData(envelope.frame), envelope);
  }

  #storedAlone(envelope: Envelope): Promise<unknown> {
    return this.store.transaction(() => {
      // It may have waited for another's transaction.
      if (envelope.expired) throw expired();
      envelope.committed = undefined;
      return this.#act(envelope);
    });
  }

  async #postedRound(): Promise<void> {
    while (this.#posted.length > 0) {
      this.#round = this.#posted.splice(0, BATCH_LIMIT);
      // A stop takes the rest of them out, in the middle.
      while (this.#round.length > 0) {
        const handled = this.#round[0]?.action?.stored
          ? await this.#storedBatch()
          : await this.#postedAlone();
        for (const { sizeBytes } of handled) this.#postedBytes -= sizeBytes;
        this.#inbox.trim();
        this.#tellRoom();
      }
    }
    this.#roundDue = false;
  }

  #tellRoom(): void {
    if (this.#roomCallbacks.length === 0) return;
    const isHalfEmpty = this.#posted.length < this.limit / 2 && this.#postedBytes < this.limitBytes / 2;
    if (isHalfEmpty && this.#atOnce < MOST_AT_ONCE / 2)
      for (const callback of this.#roomCallbacks.splice(0)) callback();
  }

  /** Many stored actions in one transaction; when one of them fails, each in its own. @returns those handled */
  async #storedBatch(): Promise<Envelope[]> {
    const batch: Envelope[] = [];
    try {
      const outcomes = await this.store.transaction(() => this.#actInTurn(batch));
      for (const [index, envelope] of batch.entries()) this.#answer(envelope, outcomes[index]);
      return batch;
    } catch (error) {
      this.#inbox.forget(places(batch));
      if (batch.length > 1) return this.#eachStored(batch);
      // Without a transaction it was not even taken out.
      const envelope = batch[0] ?? this.#round.shift();
      if (!envelope) return [];
      this.#fail(envelope, error);
      return [envelope];
    }
  }

  /** Inside of a transaction: runs the stored actions whose turn it is, as many as there is time for. */
  #actInTurn(batch: Envelope[]): Outcome[] {
    const outcomes: Outcome[] = [];
    const endMs = performance.now() + BATCH_MS;
    for (let next = this.#round[0]; next?.action?.stored; next = this.#round[0]) {
      this.#round.shift();
      batch.push(next);
      outcomes.push(this.#storedPosted(next));
      if (performance.now() > endMs) break;
    }
    return outcomes;
  }

  /** Each in a transaction of its own, until a stop takes the rest out. */
  async #eachStored(batch: Envelope[]): Promise<Envelope[]> {
    const handled: Envelope[] = [];
    this.#round.unshift(...batch);
    while (handled.length < batch.length) {
      const envelope = this.#round.shift();
      if (!envelope) break;
      handled.push(envelope);
      try {
        this.#answer(envelope, await this.store.transaction(() => this.#storedPosted(envelope)));
      } catch (error) {
        this.#inbox.forget(places([envelope]));
        this.#fail(envelope, error);
      }
    }
    return handled;
  }

  /** Inside of a transaction. @returns the admission when it is not to be handled, else the reply */
  #storedPosted(envelope: Envelope): Outcome {
    const { place } = envelope;
    if (!place) return { admission: 'handled', reply: undefined };
    const admission = this.#inbox.admit(place);
    if (admission !== 'handle') return { admission, reply: undefined };
    envelope.committed = undefined;
    const reply = this.#act(envelope);
    this.#inbox.record(place);
    return { admission, reply };
  }

  #answer(envelope: Envelope, outcome: Outcome | undefined): void {
    if (outcome?.admission === 'held') envelope.error('HELD', held(envelope));
    else if (outcome?.admission === 'handled') envelope.ok(undefined);
    else this.#succeed(envelope, outcome?.reply);
  }

  /** An action with effects beyond the store: recorded as handled when it has run. @returns the message */
  async #postedAlone(): Promise<Envelope[]> {
    const envelope = this.#round.shift();
    const place = envelope?.place;
    if (!envelope || !place) return [];
    const admission = this.#inbox.admit(place);
    if (admission !== 'handle') {
      this.#answer(envelope, { admission, reply: undefined });
      return [envelope];
    }
    try {
      const reply = await this.#act(envelope);
      // The action may not have waited for it.
      if (envelope.recorded) await envelope.recorded;
      else await this.store.transaction(() => this.#inbox.record(place));
      this.#succeed(envelope, reply);
    } catch (error) {
      this.#inbox.forget([place]);
      this.#fail(envelope, error);
    }
    return [envelope];
  }

  #succeed(envelope: Envelope, reply: unknown): void {
    try {
      envelope.ok(reply);
      this.owner.succeeded();
    } catch (error) {
      this.#fail(envelope, error);
    }
    if (envelope.committed) this.#tellCommitted(envelope, envelope.committed);
  }

  /** A callback that throws is the agent's mistake, and must not keep the others of a batch from being called. */
  #tellCommitted(envelope: Envelope, callbacks: (() => void)[]): void {
    for (const callback of callbacks) {
      try {
        callback();
      } catch (error) {
        this.owner.failed(envelope, error);
      }
    }
  }

  #fail(envelope: Envelope, error: unknown): void {
    this.owner.failed(envelope, error);
    envelope.error(answerCode(error), errorText(error));
  }
}

interface Outcome {
  admission: 'handle' | 'handled' | 'held';
  reply: unknown;
}

function places(envelopes: Envelope[]) {
  return envelopes.flatMap(({ place }) => (place ? [place] : []));
}

function expired(): MeshError {
  return new MeshError('EXPIRED', 'its deadline had passed before it was its turn');
}

function held(envelope: Envelope): string {
  return `${shorten(envelope.message)} waits for the posted message before it`;
}
