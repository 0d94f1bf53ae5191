// The states of tasks on their way to those who wait for them.
import type { MessageContext } from '../../../mesh/index.js';
import type { CallerNews, PackedResult } from './protocol.js';

/** States in one PROGRESS. */
const BATCH = 500;
const BATCH_BYTES = 256 * 1024;
/** States that a caller may leave unread before it is told to ask instead. */
const UNREAD_LIMIT = 20_000;
const UNREAD_BYTES = 4 * 1024 * 1024;

/** Who waits for what. */
export class CallerFeeds {
  #feeds = new Map<string, Feed>();
  #watchers = new Map<string, Set<string>>();

  get size(): number {
    return this.#feeds.size;
  }

  /** Resolves when the caller has gone. */
  listen(client: string, context: MessageContext): Promise<void> {
    const feed = new Feed(context);
    // Whoever listens anew does not hear the old any more.
    this.#feeds.get(client)?.end();
    this.#feeds.set(client, feed);
    context.progress({ listening: true } satisfies CallerNews);
    return new Promise((resolve) => {
      const gone = () => {
        if (this.#feeds.get(client) === feed) this.#feeds.delete(client);
        for (const id of feed.watched) this.#unwatch(client, id);
        resolve();
      };
      feed.end = gone;
      if (context.signal.aborted) gone();
      else context.signal.addEventListener('abort', gone, { once: true });
    });
  }

  /** A caller waits for a task's states too. */
  watch(client: string, id: string): void {
    const feed = this.#feeds.get(client);
    if (!feed) return;
    feed.watched.add(id);
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(client));
  }

  /** A caller has read so many, with so many bytes. */
  seen(client: string, count: number, bytes: number): void {
    this.#feeds.get(client)?.seen(count, bytes);
  }

  /** Tells all who wait. */
  tell(result: PackedResult, replyTo: string, isFinal: boolean): void {
    const [id] = result;
    if (replyTo) this.#feeds.get(replyTo)?.push(result);
    const watchers = this.#watchers.get(id);
    if (!watchers) return;
    for (const client of watchers) {
      if (client !== replyTo) this.#feeds.get(client)?.push(result);
      if (isFinal) this.#unwatch(client, id);
    }
  }

  /** Tells one caller. */
  tellOne(client: string, result: PackedResult): void {
    this.#feeds.get(client)?.push(result);
  }

  #unwatch(client: string, id: string): void {
    this.#feeds.get(client)?.watched.delete(id);
    const watchers = this.#watchers.get(id);
    watchers?.delete(client);
    if (watchers?.size === 0) this.#watchers.delete(id);
  }
}

/** One caller. */
class Feed {
  readonly watched = new Set<string>();
  end: () => void = () => undefined;
  #waiting: PackedResult[] = [];
  #bytes = 0;
  #due = false;
  #unread = 0;
  #unreadBytes = 0;
  #missed = false;

  constructor(private readonly context: MessageContext) {}

  push(result: PackedResult): void {
    if (
      this.#unread + this.#waiting.length >= UNREAD_LIMIT ||
      this.#unreadBytes + this.#bytes > UNREAD_BYTES
    ) {
      this.#missed = true;
      return;
    }
    const bytes = result[3].length;
    // A large one may be as large as a message can be.
    if (this.#bytes + bytes > BATCH_BYTES) this.#send();
    this.#waiting.push(result);
    this.#bytes += bytes;
    if (this.#waiting.length >= BATCH || this.#bytes > BATCH_BYTES) this.#send();
    else if (!this.#due) {
      this.#due = true;
      queueMicrotask(() => this.#send());
    }
  }

  seen(count: number, bytes: number): void {
    this.#unread = Math.max(0, this.#unread - count);
    this.#unreadBytes = Math.max(0, this.#unreadBytes - bytes);
    if (!this.#missed || this.#unread > UNREAD_LIMIT / 2 || this.#unreadBytes > UNREAD_BYTES / 2) return;
    this.#missed = false;
    this.context.progress({ missed: true } satisfies CallerNews);
  }

  #send(): void {
    this.#due = false;
    if (this.#waiting.length === 0) return;
    this.#unread += this.#waiting.length;
    this.#unreadBytes += this.#bytes;
    const results = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.context.progress({ results } satisfies CallerNews);
  }
}
