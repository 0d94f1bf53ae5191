// The events that a handler has still to see: on disk with the event itself, so that none is lost whatever crashes.
import { type Clock, isoTime } from '../../clock/index.js';
import { errorText } from '../../errors/index.js';
import type { Store, Table } from '../../store/index.js';
import type { VoeventLog } from '../log.js';
import type { StoredEvent } from '../stored-event.js';
import type { Handler } from './handler.js';

/** How often a handler is tried, and how soon again. */
export interface RetryRule {
  /** After so many failures an event is given up. */
  attempts: number;
  /** The first pause, in ms; each further one is twice as long, up to a minute. */
  pauseMs: number;
}

/** An event that a handler could not handle. */
export interface GivenUp {
  readonly ivorn: string;
  readonly reason: string;
  readonly time: string;
}

interface Work {
  failures: number;
}

type Key = [handler: string, arrival: number];

/** What a work list needs. */
export interface WorkPlace {
  readonly store: Store;
  /** For time stamps. */
  readonly clock: Clock;
  /** For pauses. */
  readonly timers: Clock;
  readonly log: VoeventLog;
  readonly rule: RetryRule;
  /** The event of an arrival; `undefined` when it has been cleared away. */
  load(arrival: number): StoredEvent | undefined;
}

const LONGEST_PAUSE_MS = 60_000;
/** Events that wait for another attempt; with more of them no new ones are begun. */
const MAX_PAUSING = 1000;
/** Events given up that are shown. */
const SHOWN = 10;

export class WorkList {
  readonly #work: Table<Key, Work>;
  readonly #givenUp: Table<Key, GivenUp>;
  /** Up to here all is in hand or done. */
  #cursor = 0;
  #running = 0;
  #pausing = new Map<number, { cancel(): void }>();
  #stopped = false;
  #idle: (() => void)[] = [];
  #handled = 0;
  #failures = 0;
  #lastFailure: string | undefined;

  constructor(
    private readonly handler: Handler,
    private readonly place: WorkPlace,
  ) {
    this.#work = place.store.table('vo_work');
    this.#givenUp = place.store.table('vo_given_up');
  }

  /** Inside of the transaction that keeps an event: it is to be handled. */
  add(arrival: number): void {
    this.#work.put([this.handler.name, arrival], { failures: 0 });
  }

  /** Whether an event is still to be handled. */
  needs(arrival: number): boolean {
    return this.#work.has([this.handler.name, arrival]);
  }

  /** Begins what can be begun. */
  run(): void {
    const { limit = 1 } = this.handler;
    while (!this.#stopped && this.#running < limit && this.#pausing.size < MAX_PAUSING) {
      const next = this.#next();
      if (!next) return;
      this.#cursor = next.arrival;
      void this.#handle(next.arrival, next.failures);
    }
  }

  /** For `Status`. */
  report() {
    const range = { start: this.#first, end: this.#end };
    const givenUp = this.#givenUp.countIn(range);
    const last = this.#givenUp.entries({ start: this.#end, end: this.#first, reverse: true, limit: SHOWN });
    return {
      handler: this.handler.name,
      handled: this.#handled,
      waiting: this.#work.countIn(range),
      running: this.#running,
      failures: this.#failures,
      ...(this.#lastFailure === undefined ? {} : { lastFailure: this.#lastFailure }),
      givenUp,
      ...(givenUp === 0 ? {} : { lastGivenUp: Array.from(last, ({ value }) => value) }),
    };
  }

  /** Begins nothing more, and waits for what is in hand; the rest is done after the next start. */
  async close(): Promise<void> {
    this.#stopped = true;
    for (const pause of this.#pausing.values()) pause.cancel();
    this.handler.close?.();
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #next(): { arrival: number; failures: number } | undefined {
    const start: Key = [this.handler.name, this.#cursor + 1];
    const [entry] = this.#work.entries({ start, end: this.#end, limit: 1 });
    return entry && { arrival: entry.key[1], failures: entry.value.failures };
  }

  /** Never rejects. */
  async #handle(arrival: number, failures: number): Promise<void> {
    const event = this.place.load(arrival);
    this.#running += 1;
    try {
      if (event) await this.handler.handle(event);
      this.#handled += 1;
      await this.#work.erase([this.handler.name, arrival]);
    } catch (error) {
      if (event) await this.#failed(event, failures + 1, errorText(error)).catch(() => undefined);
    }
    this.#running -= 1;
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.run();
  }

  async #failed(event: StoredEvent, failures: number, reason: string): Promise<void> {
    const { store, clock, log, rule } = this.place;
    const { name } = this.handler;
    const { ivorn, arrival } = event;
    // What was ended because we stop has not failed.
    if (this.#stopped) return;
    this.#failures += 1;
    this.#lastFailure = `${ivorn}: ${reason}`;
    const isLast = failures >= rule.attempts;
    log.warn(isLast ? 'a handler has given an event up' : 'a handler has failed', {
      handler: name,
      ivorn,
      reason,
      failures,
    });
    if (!isLast) this.#pause(arrival, failures);
    await store.transaction(() => {
      if (!isLast) this.#work.put([name, arrival], { failures });
      else {
        this.#work.remove([name, arrival]);
        this.#givenUp.put([name, arrival], { ivorn, reason, time: isoTime(clock.now()) });
      }
    });
  }

  #pause(arrival: number, failures: number): void {
    const { timers, rule } = this.place;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, rule.pauseMs * 2 ** (failures - 1));
    const timer = timers.after(pauseMs, () => {
      this.#pausing.delete(arrival);
      if (!this.#stopped) void this.#handle(arrival, failures);
    });
    this.#pausing.set(arrival, timer);
  }

  get #first(): Key {
    return [this.handler.name, 0];
  }

  get #end(): Key {
    return [this.handler.name, Number.MAX_SAFE_INTEGER];
  }
}
