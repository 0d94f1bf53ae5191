// Posted messages on this host's disk, until their receivers have handled them. The order of keys is the order of
// delivery. Numbers are given in the order of commits, so that a message is never told of before those below it.
import { randomBytes } from 'node:crypto';
import { pack } from 'msgpackr';
import type { Store, Table } from '../store/index.js';
import { MeshError } from './errors.js';
import { FrameBounds } from './frame-bounds.js';
import type { FrameLimits } from './frame-reader.js';
import { postedFieldsBytes } from './posted-header.js';

/** A posted message. */
export interface PostedMessage {
  /** Its place among the messages to the same agent, from 1. */
  number: number;
  message: string;
  /** In MessagePack. */
  payload: Uint8Array | undefined;
  /** When it was posted, in ms UTC. */
  postedMs: number;
}

/** A message that was given up. */
export interface SetAside extends PostedMessage {
  agent: string;
  /** Why it was not handled. */
  reason: string;
  code: string;
}

/** The messages that wait for one agent. */
export interface Waiting {
  agent: string;
  count: number;
  /** When the first of them was posted, in ms UTC. */
  oldestMs: number;
}

interface Entry {
  message: string;
  data: Uint8Array | undefined;
  postedMs: number;
}

interface Batch {
  items: { agent: string; entry: Entry }[];
  bytes: number;
  written: Promise<void>;
}

interface AsideEntry extends Entry {
  reason: string;
  code: string;
}

/** What an outbox takes: nothing that its receivers would refuse, for that would lie there for ever. */
export interface PostLimits extends FrameLimits {
  /** Posts that wait to be written; a sender that does not wait for its posts is stopped here. */
  postLimit: number;
  /** The same in bytes. */
  sendLimit: number;
}

const LAST = Number.MAX_SAFE_INTEGER;

/** The outbox of one process. */
export class Outbox {
  /** Names this outbox to receivers, which keep their memory by it. */
  readonly id: string;
  /** Called when messages to an agent have come to lie on the disk. */
  onPosted: (agent: string, posted: PostedMessage) => void = () => undefined;
  #entries: Table<[string, number], Entry>;
  #aside: Table<[string, number], AsideEntry>;
  #delivered: Table<string, number>;
  #last = new Map<string, number>();
  /** Posts that will be written together. */
  #batch: Batch | undefined;
  #lastWrite: Promise<void> = Promise.resolve();
  readonly #bounds: FrameBounds;
  /** What a header takes at most besides its message. */
  readonly #fieldsBytes: number;

  /** @param from - the posting agent */
  constructor(
    private readonly store: Store,
    private readonly now: () => number,
    from: string,
    private readonly limits: PostLimits,
  ) {
    this.#bounds = new FrameBounds(limits, 'MESSAGE_TOO_LARGE', 'a posted message');
    this.#entries = store.table('outbox');
    this.#aside = store.table('outbox_aside');
    this.#delivered = store.table('outbox_delivered');
    const names: Table<string, string> = store.table('outbox_name');
    this.id = names.get('id') ?? randomBytes(9).toString('base64url');
    if (!names.has('id')) void names.write('id', this.id);
    this.#fieldsBytes = postedFieldsBytes(from, this.id);
  }

  /**
   * Puts a message into the outbox. Resolves when it is on the disk; inside of a transaction it becomes part of it,
   * and this resolves at once. Posts of one moment share one transaction.
   * @throws MeshError `MESSAGE_TOO_LARGE`, at once
   */
  post(agent: string, message: string, data: unknown): Promise<void> {
    const payload = data === undefined ? undefined : pack(data);
    const entry: Entry = { message, data: payload, postedMs: this.now() };
    const payloadBytes = payload?.length ?? 0;
    const refusal =
      this.#bounds.headerRefusal(message, this.#fieldsBytes) ?? this.#bounds.payloadRefusal(payloadBytes);
    if (refusal) throw refusal;
    if (this.store.inTransaction) {
      this.#put(agent, entry);
      return Promise.resolve();
    }
    this.#batch ??= this.#newBatch();
    const { postLimit, sendLimit } = this.limits;
    const { items, bytes } = this.#batch;
    if (items.length >= postLimit || bytes >= sendLimit) {
      const text = `${items.length} messages with ${bytes} bytes wait to be written to the outbox: wait for post() before you post more`;
      return Promise.reject(new MeshError('SENDER_FULL', text));
    }
    items.push({ agent, entry });
    this.#batch.bytes += payloadBytes;
    return this.#batch.written;
  }

  /** Agents for whom messages wait. */
  agents(): string[] {
    const agents: string[] = [];
    for (let start = ''; ; ) {
      const [next] = this.#entries.entries({ start: [start, LAST], limit: 1 });
      if (!next) return agents;
      start = next.key[0];
      agents.push(start);
    }
  }

  /** The next messages to an agent, after the given number: at most so many, and not many more bytes, but one at least. */
  next(agent: string, afterNumber: number, limit: number, limitBytes: number): PostedMessage[] {
    this.#entries.refresh();
    const range = {
      start: [agent, afterNumber + 1] as [string, number],
      end: [agent, LAST] as [string, number],
      limit,
    };
    const messages: PostedMessage[] = [];
    let bytes = 0;
    for (const { key, value } of this.#entries.entries(range)) {
      messages.push(posted(key[1], value));
      bytes += value.data?.length ?? 0;
      if (bytes >= limitBytes) break;
    }
    return messages;
  }

  /** Number of the last message that an agent has handled, or that was set aside. */
  deliveredTo(agent: string): number {
    return this.#delivered.get(agent) ?? 0;
  }

  /** How many messages wait for an agent. */
  waitingFor(agent: string): number {
    return this.#entries.countIn(this.#rangeWaiting(agent));
  }

  /** What waits, by agent. */
  waiting(): Waiting[] {
    this.#entries.refresh();
    return this.agents().flatMap((agent) => {
      const [first] = this.#entries.entries({ ...this.#rangeWaiting(agent), limit: 1 });
      return first ? [{ agent, count: this.waitingFor(agent), oldestMs: first.value.postedMs }] : [];
    });
  }

  /** Notes that an agent has handled all up to `number`, of which `numbers` are the newly handled. */
  async delivered(agent: string, number: number, numbers: readonly number[]): Promise<void> {
    const noted = this.#delivered.write(agent, number);
    for (const one of numbers) void this.#entries.erase([agent, one]);
    await noted;
  }

  /** Gives a message up: it is kept aside with its reason, and those behind it go on. */
  setAside(agent: string, number: number, code: string, reason: string): Promise<void> {
    return this.store.transaction(() => {
      const entry = this.#entries.get([agent, number]);
      if (entry) this.#aside.put([agent, number], { ...entry, code, reason });
      this.#entries.remove([agent, number]);
      this.#delivered.put(agent, number);
    });
  }

  /** How many messages were given up. */
  get asideCount(): number {
    return this.#aside.countIn({});
  }

  /** Messages that were given up, all or the first. */
  *asides(limit?: number): Generator<SetAside> {
    this.#aside.refresh();
    for (const { key, value } of this.#aside.entries(limit === undefined ? {} : { limit })) {
      yield { agent: key[0], ...posted(key[1], value), reason: value.reason, code: value.code };
    }
  }

  /**
   * Posts messages that were given up once more: one, or all to an agent.
   * @returns how many there were, and the new number of the first, which those of the others follow
   */
  async sendAgain(agent: string, number?: number): Promise<{ count: number; first: number }> {
    let first = 0;
    const count = await this.#takeAside(agent, number, ({ message, data, postedMs }) => {
      const posted = this.#put(agent, { message, data, postedMs });
      first ||= posted;
    });
    return { count, first };
  }

  /** Forgets messages that were given up: one, or all to an agent. @returns how many there were */
  async drop(agent: string, number?: number): Promise<{ count: number }> {
    return { count: await this.#takeAside(agent, number, () => undefined) };
  }

  #takeAside(
    agent: string,
    number: number | undefined,
    onEntry: (entry: AsideEntry) => void,
  ): Promise<number> {
    const [first, last] = number === undefined ? [0, LAST] : [number, number + 1];
    return this.store.transaction(() => {
      const entries = [...this.#aside.entries({ start: [agent, first], end: [agent, last] })];
      for (const { key, value } of entries) {
        this.#aside.remove(key);
        onEntry(value);
      }
      return entries.length;
    });
  }

  #rangeWaiting(agent: string): { start: [string, number]; end: [string, number] } {
    return { start: [agent, this.deliveredTo(agent) + 1], end: [agent, LAST] };
  }

  /** Fills up while the batch before it is written. */
  #newBatch(): Batch {
    const items: Batch['items'] = [];
    const written = this.#lastWrite.then(() => {
      this.#batch = undefined;
      return this.store.transaction(() => {
        for (const { agent, entry } of items) this.#put(agent, entry);
      });
    });
    this.#lastWrite = written.catch(() => undefined);
    return { items, bytes: 0, written };
  }

  /** Inside of a transaction. A number that is given in one that is then given up is left out. @returns the number */
  #put(agent: string, entry: Entry): number {
    const number = this.#lastOf(agent) + 1;
    this.#last.set(agent, number);
    this.#entries.put([agent, number], entry);
    this.store.afterCommit(() => this.onPosted(agent, posted(number, entry)));
    return number;
  }

  #lastOf(agent: string): number {
    const known = this.#last.get(agent);
    if (known !== undefined) return known;
    const [last] = this.#entries.entries({ start: [agent, LAST], end: [agent, -1], reverse: true, limit: 1 });
    return Math.max(last?.key[1] ?? 0, this.deliveredTo(agent));
  }
}

function posted(number: number, { message, data, postedMs }: Entry): PostedMessage {
  return { number, message, payload: data, postedMs };
}
