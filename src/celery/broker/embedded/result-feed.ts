// The states of tasks as they come from the broker to this process.
import { READY_STATES } from '../../states.js';
import type { ResultRecord } from '../broker.js';
import { unpackResult } from './packing.js';
import { type CallerNews, LISTEN, WATCH } from './protocol.js';
import type { BrokerRequest } from './publisher.js';

type OnState = (record: ResultRecord) => void;

/** It is open for as long as it is needed. */
const FOR_EVER_MS = 2 ** 40;
/** With nobody waiting and nothing published for so long it is closed: it would keep a script alive. */
const IDLE_MS = 1_000;
const PAUSES_MS = [20, 50, 100, 200, 500, 1_000];
/** Results that nobody has asked for yet. */
const RECENT_LIMIT = 5_000;
const RECENT_BYTES = 8 * 1024 * 1024;
const EXPECTED_LIMIT = 100_000;
/** The broker is told of what was read in steps of so many. */
const SEEN_STEP = 1_000;
const SEEN_STEP_BYTES = 512 * 1024;

export class ResultFeed {
  readonly #watchers = new Map<string, Set<OnState>>();
  /** Tasks that this process has published, and whose end has not come. */
  readonly #expected = new Set<string>();
  readonly #recent = new Map<string, ResultRecord>();
  #recentBytes = 0;
  #toWatch: string[] = [];
  #watchDue = false;
  #seen = 0;
  #seenBytes = 0;
  #listening: AbortController | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly client: string,
    private readonly request: BrokerRequest,
  ) {}

  /** A task is about to be published, whose states will come here. */
  expect(id: string): void {
    this.#open();
    if (this.#expected.size < EXPECTED_LIMIT) this.#expected.add(id);
  }

  /** Calls back with each state of a task, until the returned function is called. */
  watch(id: string, onState: OnState): () => void {
    this.#open();
    const recent = this.#recent.get(id);
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(onState));
    if (recent) queueMicrotask(() => watchers.has(onState) && onState(recent));
    else if (!this.#expected.has(id)) this.#ask(id);
    return () => {
      watchers.delete(onState);
      if (watchers.size === 0 && this.#watchers.get(id) === watchers) this.#watchers.delete(id);
    };
  }

  forget(id: string): void {
    const record = this.#recent.get(id);
    if (!record) return;
    this.#recent.delete(id);
    this.#recentBytes -= record.body.length;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#idle);
    this.#listening?.abort();
  }

  #open(): void {
    this.#idle?.refresh();
    if (this.#listening || this.#closed) return;
    this.#idle ??= setTimeout(() => this.#rest(), IDLE_MS).unref();
    this.#idle.refresh();
    this.#listening = new AbortController();
    void this.#listen(this.#listening.signal);
  }

  #rest(): void {
    if (this.#watchers.size > 0) {
      this.#idle?.refresh();
      return;
    }
    this.#expected.clear();
    this.#listening?.abort();
    this.#listening = undefined;
  }

  async #listen(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const ids = [...this.#watchers.keys()];
      this.#toWatch = [];
      this.#seen = 0;
      this.#seenBytes = 0;
      // What became of tasks that were published before is told only to those who ask.
      this.#expected.clear();
      try {
        const onProgress = (news: unknown) => {
          attempt = 0;
          this.#onNews(news as CallerNews);
        };
        await this.request(
          LISTEN,
          { client: this.client, ids },
          { signal, timeoutMs: FOR_EVER_MS, onProgress },
        );
      } catch {
        // Whoever publishes or asks is told; who waits goes on waiting.
      }
      if (signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)]));
    }
  }

  #onNews({ results, missed }: CallerNews): void {
    for (const result of results ?? []) {
      this.#seenBytes += result[3].length;
      this.#onResult(unpackResult(result));
    }
    if (missed) {
      this.#expected.clear();
      for (const id of this.#watchers.keys()) this.#ask(id);
    }
    this.#seen += results?.length ?? 0;
    if (this.#seen >= SEEN_STEP || this.#seenBytes >= SEEN_STEP_BYTES) this.#planWatch();
  }

  #onResult(record: ResultRecord): void {
    const { id, status } = record;
    const isFinal = READY_STATES.has(status);
    const watchers = this.#watchers.get(id);
    if (isFinal) this.#expected.delete(id);
    if (watchers) for (const onState of [...watchers]) onState(record);
    if (isFinal) this.#keep(record);
  }

  #keep(record: ResultRecord): void {
    this.forget(record.id);
    this.#recent.set(record.id, record);
    this.#recentBytes += record.body.length;
    for (const id of this.#recent.keys()) {
      if (this.#recent.size <= RECENT_LIMIT && this.#recentBytes <= RECENT_BYTES) return;
      this.forget(id);
    }
  }

  #ask(id: string): void {
    this.#toWatch.push(id);
    this.#planWatch();
  }

  #planWatch(): void {
    if (this.#watchDue) return;
    this.#watchDue = true;
    queueMicrotask(() => {
      this.#watchDue = false;
      const ids = this.#toWatch;
      const seen = this.#seen;
      const seenBytes = this.#seenBytes;
      this.#toWatch = [];
      this.#seen = 0;
      this.#seenBytes = 0;
      // When it is lost, so is the feed, and the next one begins with all.
      this.request(WATCH, { client: this.client, ids, seen, seenBytes }).catch(() => undefined);
    });
  }
}
