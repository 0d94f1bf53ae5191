// A worker's end of the embedded broker.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { errorCode, errorText } from '../../../errors/index.js';
import type { TaskMessage } from '../../message.js';
import { failureRecord } from '../../outcome.js';
import { DecodeError } from '../../serialization/index.js';
import type {
  ConsumeOptions,
  Consumer,
  ConsumerHandlers,
  Delivery,
  Outcome,
  ResultRecord,
} from '../broker.js';
import { packOutgoing, packPart, packResult, unpackMessage } from './packing.js';
import { processStartTime } from './process-life.js';
import { ATTEND, CONTROL_ANSWER, type PackedDelivery, REPORT, type WorkerNews } from './protocol.js';
import type { BrokerRequest } from './publisher.js';
import { insteadOf, isHopeless } from './refused-report.js';
import {
  emptyBatch,
  filled,
  forgetTags,
  insertInPlace,
  isEmpty,
  nextPiece,
  type ReportBatch,
} from './report-batch.js';

const FOR_EVER_MS = 2 ** 40;
const PAUSES_MS = [10, 20, 50, 100, 200, 500];
/** The broker gives up a worker that has been silent for 30 s. */
const HEARTBEAT_MS = 5_000;
/** How long a worker that ends waits for the broker to hear its last words. */
const FAREWELL_MS = 5_000;
/** Reports that may be on their way at a time: twice as many as the broker lets wait before it writes them. */
const IN_FLIGHT = 128;
/** Pause before a report that was refused is sent again. */
const SAY_AGAIN_MS = 20;

export class EmbeddedConsumer implements Consumer {
  readonly ready: Promise<void>;
  readonly #session = randomUUID();
  readonly #startTime = processStartTime('self');
  /** What is held: tag, id, whether it has begun. */
  readonly #held = new Map<number, { id: string; begun: boolean }>();
  readonly #open = new AbortController();
  #batch = emptyBatch();
  /** What goes before that, each by itself: it was said before, and not heard. */
  #first: ReportBatch[] = [];
  #inFlight = new Set<ReportBatch>();
  /** Place of the last that was sent. */
  #lastPlace = 0;
  #due = false;
  #present = false;
  /** It has said farewell, or is about to: what ends its attendance is no trouble of the line. */
  #leaving = false;
  #window: number;
  #queues: string[];
  #queuesChanged = false;
  #heartbeat: NodeJS.Timeout;
  #flushed: (() => void)[] = [];
  #onReady: () => void = () => undefined;

  constructor(
    private readonly options: ConsumeOptions,
    private readonly handlers: ConsumerHandlers,
    private readonly request: BrokerRequest,
  ) {
    this.#window = options.window;
    this.#queues = options.queues;
    this.ready = new Promise((resolve) => {
      this.#onReady = resolve;
    });
    this.#heartbeat = setInterval(() => this.#plan(), HEARTBEAT_MS);
    void this.#attend();
  }

  setWindow(window: number): void {
    if (window === this.#window) return;
    this.#window = window;
    this.#plan();
  }

  setQueues(queues: string[]): void {
    this.#queues = queues;
    this.#queuesChanged = true;
    this.#plan();
  }

  acknowledge(tags: number[]): void {
    for (const tag of tags) {
      const held = this.#held.get(tag);
      if (held) held.begun = true;
      this.#batch.begun.push(tag);
    }
    this.#plan();
  }

  end(outcome: Outcome): void {
    const { tag, id, result, retry, followers, deadLetter, results, parts } = outcome;
    this.#batch.ended.push([
      tag,
      id,
      result ? packResult(result) : null,
      retry ? packOutgoing(retry) : null,
      followers.length > 0 ? followers.map(packOutgoing) : null,
      deadLetter ?? null,
      results.length > 0 ? results.map(packResult) : null,
      parts.length > 0 ? parts.map(packPart) : null,
    ]);
    this.#plan();
  }

  giveBack(tags: number[], begun: boolean): void {
    this.#batch[begun ? 'again' : 'returned'].push(...tags);
    this.#plan();
  }

  postpone(tag: number, delayMs: number): void {
    this.#batch.later.push([tag, delayMs]);
    this.#plan();
  }

  state(record: ResultRecord): void {
    this.#batch.states.push(packResult(record));
    this.#plan();
  }

  event(event: Record<string, unknown>): void {
    this.#batch.events.push(event);
    this.#plan();
  }

  flush(): Promise<void> {
    if (this.#unheard.every(isEmpty)) return Promise.resolve();
    this.#plan();
    return new Promise((resolve) => this.#flushed.push(resolve));
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await Promise.race([this.flush(), this.#farewellTime()]);
    this.#leaving = true;
    const farewell = { session: this.#session, window: 0, leave: true };
    await this.request(REPORT, farewell, { timeoutMs: FAREWELL_MS }).catch(() => undefined);
    this.#open.abort();
  }

  /** A broker that does not come back keeps nobody: what it has not heard counts as lost with this worker. */
  #farewellTime(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, FAREWELL_MS).unref());
  }

  async #attend(): Promise<void> {
    const { signal } = this.#open;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const held = [...this.#held].map(([tag, { id, begun }]): [number, string, boolean] => [tag, id, begun]);
      const attendance = {
        session: this.#session,
        node: this.options.node,
        pid: process.pid,
        startTime: this.#startTime,
        host: hostname(),
        queues: this.#queues,
        window: this.#window,
        held,
      };
      try {
        const onProgress = (news: unknown) => {
          attempt = 0;
          this.#onNews(news as WorkerNews);
        };
        await this.request(ATTEND, attendance, { signal, timeoutMs: FOR_EVER_MS, onProgress });
      } catch {
        // The broker is away: what it missed is said again when it is back.
      }
      this.#present = false;
      if (signal.aborted || this.#leaving) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)]));
    }
  }

  #onNews({ tasks, lost, revoke, control, events, attended }: WorkerNews): void {
    if (attended) {
      this.#present = true;
      this.#onReady();
      this.#plan();
    }
    if (tasks) this.#deliver(tasks);
    if (lost) this.#lost(lost);
    if (revoke) this.handlers.revoke(revoke.ids, revoke.terminate, revoke.signal);
    if (events !== undefined) this.handlers.eventsWanted(events);
    if (control) void this.#control(control);
  }

  #deliver(tasks: PackedDelivery[]): void {
    this.#cameBack(tasks);
    const deliveries: Delivery[] = [];
    for (const [tag, id, queue, priority, redelivered, packed] of tasks) {
      this.#held.set(tag, { id, begun: false });
      try {
        deliveries.push({ tag, id, queue, priority, redelivered, packed, message: messageOf(id, packed) });
      } catch (error) {
        // Whoever has sent it waits for an end by the id that stands outside of it.
        const deadLetter = `it cannot be read: ${errorText(error)}`;
        const result = failureRecord(id, error, 'json');
        this.end({ tag, id, result, retry: undefined, followers: [], results: [], parts: [], deadLetter });
      }
    }
    this.handlers.deliver(deliveries);
  }

  /** What is delivered anew was given back, and the broker has heard that: to say it again would give this one back. */
  #cameBack(tasks: PackedDelivery[]): void {
    const tags = new Set(tasks.map(([tag]) => tag));
    for (const batch of this.#unheard) forgetTags(batch, tags);
  }

  #lost(tags: number[]): void {
    // Those that have ended already are not the worker's affair any more.
    const going = new Set(this.#unheard.flatMap(({ ended }) => ended.map(([tag]) => tag)));
    for (const tag of tags) this.#held.delete(tag);
    this.handlers.lost(tags.filter((tag) => !going.has(tag)));
  }

  async #control({ ticket, method, arguments: args }: NonNullable<WorkerNews['control']>): Promise<void> {
    let answer: unknown;
    try {
      answer = await this.handlers.control({ method, arguments: args });
    } catch (error) {
      answer = { error: String(error) };
    }
    const reply = { ticket, node: this.options.node, answer: answer ?? null };
    await this.request(CONTROL_ANSWER, reply).catch(() => undefined);
  }

  #plan(): void {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (this.#present && this.#inFlight.size < IN_FLIGHT) void this.#send();
    });
  }

  /** All that the broker has not answered. */
  get #unheard(): ReportBatch[] {
    return [this.#batch, ...this.#first, ...this.#inFlight];
  }

  #next(): ReportBatch {
    const first = this.#first.shift();
    if (first) return first;
    const [piece, rest] = nextPiece(this.#batch);
    this.#batch = rest;
    this.#lastPlace += 1;
    piece.place = this.#lastPlace;
    return piece;
  }

  get #hasMore(): boolean {
    return this.#first.length > 0 || !isEmpty(this.#batch);
  }

  async #send(): Promise<void> {
    const piece = this.#next();
    this.#inFlight.add(piece);
    if (this.#hasMore) this.#plan();
    const held = this.#given(piece);
    const queues = this.#queuesChanged ? { queues: this.#queues } : {};
    this.#queuesChanged = false;
    try {
      await this.request(REPORT, {
        session: this.#session,
        window: this.#window,
        ...filled(piece),
        ...queues,
      });
      this.#inFlight.delete(piece);
      // The broker may have delivered one of them anew before it answered.
      for (const [tag, entry] of held) if (this.#held.get(tag) === entry) this.#held.delete(tag);
    } catch (error) {
      this.#inFlight.delete(piece);
      this.#queuesChanged ||= 'queues' in queues;
      if (isHopeless(error)) for (const one of insteadOf(piece, error)) insertInPlace(this.#first, one);
      else this.#sayAgain(piece, error);
      await this.#pause();
    }
    if (this.#hasMore) this.#plan();
    else if (this.#inFlight.size === 0) for (const resolve of this.#flushed.splice(0)) resolve();
  }

  /** What the broker does not take now is not said again at once. */
  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, SAY_AGAIN_MS));
  }

  /** What is not held any more when the broker has heard of a batch. */
  #given({ ended, returned, again, later }: ReportBatch) {
    const tags = [...ended.map(([tag]) => tag), ...returned, ...again, ...later.map(([tag]) => tag)];
    return tags.map((tag) => [tag, this.#held.get(tag)] as const);
  }

  /** Before what was said since. Events that were not heard are gone. */
  #sayAgain(piece: ReportBatch, error: unknown): void {
    piece.events = [];
    insertInPlace(this.#first, piece);
    const wait = errorCode(error) === 'CONNECTION_LOST' || errorCode(error) === 'UNREACHABLE';
    if (wait) this.#present = false;
  }
}

/** @throws DecodeError, also when it is the message of another call: its end would be told under that id alone */
function messageOf(id: string, packed: Uint8Array): TaskMessage {
  const message = unpackMessage(packed);
  if (message.headers.id === id) return message;
  throw new DecodeError(`it was sent as task ${id}, and its headers say ${message.headers.id.slice(0, 255)}`);
}
