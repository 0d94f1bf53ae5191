// The embedded broker as callers and workers see it: the agent task_broker, reached over the mesh.
import { randomUUID } from 'node:crypto';
import type { Config } from '../../../config/index.js';
import { Agent, type MessageType, SenderPool, type SendOptions } from '../../../mesh/index.js';
import type { TaskMessage } from '../../message.js';
import type {
  Broker,
  ConsumeOptions,
  Consumer,
  ConsumerHandlers,
  ControlReplies,
  ControlRequest,
  Outgoing,
  QueueInfo,
  ResultRecord,
} from '../broker.js';
import { EmbeddedConsumer } from './embedded-consumer.js';
import { packOutgoing, packResult, unpackMessage, unpackResult } from './packing.js';
import {
  CONTROL_WORKERS,
  EVENTS,
  FORGET,
  type PackedResult,
  PURGE,
  QUEUES,
  RESULT,
  REVOKE,
  REVOKED_IDS,
  SAVE,
  SCHEDULED,
} from './protocol.js';
import { Publisher } from './publisher.js';
import { ResultFeed } from './result-feed.js';

const FOR_EVER_MS = 2 ** 40;
/** What an answer may take besides the wait that was asked for. */
const ANSWER_MS = 5_000;

export class EmbeddedBroker implements Broker {
  readonly replyTo = randomUUID();
  readonly #pool: SenderPool;
  readonly #publisher: Publisher;
  readonly #feed: ResultFeed;

  constructor(config: Config) {
    this.#pool = new SenderPool(config);
    this.#publisher = new Publisher(this.replyTo, config.mesh.payloadLimit, this.#request);
    this.#feed = new ResultFeed(this.replyTo, this.#request);
  }

  publish(outgoing: Outgoing, retry: boolean): Promise<void> {
    if (!outgoing.ignoreResult) this.#feed.expect(outgoing.id);
    return this.#publisher.publish(packOutgoing(outgoing), retry);
  }

  consume(options: ConsumeOptions, handlers: ConsumerHandlers): Consumer {
    return new EmbeddedConsumer(options, handlers, this.#request);
  }

  async result(id: string): Promise<ResultRecord | undefined> {
    const packed = (await this.#request(RESULT, { id })) as PackedResult | undefined;
    return packed && unpackResult(packed);
  }

  watch(id: string, onState: (record: ResultRecord) => void): () => void {
    return this.#feed.watch(id, onState);
  }

  async forget(ids: string[]): Promise<void> {
    for (const id of ids) this.#feed.forget(id);
    await this.#request(FORGET, { ids });
  }

  async save(record: ResultRecord): Promise<void> {
    await this.#request(SAVE, { result: packResult(record) });
  }

  async revoke(ids: string[], terminate: boolean, signal: string): Promise<void> {
    await this.#request(REVOKE, { ids, terminate, signal });
  }

  async revoked(): Promise<string[]> {
    return (await this.#request(REVOKED_IDS, undefined)) as string[];
  }

  async scheduled(queues: string[], limit: number): Promise<{ etaMs: number; message: TaskMessage }[]> {
    const packed = (await this.#request(SCHEDULED, { queues, limit })) as [number, Uint8Array][];
    return packed.map(([etaMs, bytes]) => ({ etaMs, message: unpackMessage(bytes) }));
  }

  async control(request: ControlRequest, timeoutMs: number): Promise<ControlReplies> {
    const given = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
    const command = { ...(given as unknown as ControlRequest), timeoutMs };
    const replies = await this.#request(CONTROL_WORKERS, command as never, {
      timeoutMs: timeoutMs + ANSWER_MS,
    });
    return new Map(Object.entries((replies ?? {}) as Record<string, unknown>));
  }

  async events(onEvents: (events: Record<string, unknown>[]) => void, signal: AbortSignal): Promise<void> {
    const onProgress = (events: unknown) => onEvents(events as Record<string, unknown>[]);
    await this.#request(EVENTS, undefined, { signal, timeoutMs: FOR_EVER_MS, onProgress });
  }

  async queues(): Promise<QueueInfo[]> {
    return (await this.#request(QUEUES, undefined)) as QueueInfo[];
  }

  async purge(queue: string): Promise<number> {
    return (await this.#request(PURGE, { queue })) as number;
  }

  close(): void {
    this.#feed.close();
    this.#pool.close();
  }

  readonly #request = <T>(type: MessageType<T>, data: T, options?: SendOptions): Promise<unknown> =>
    this.#pool.request(Agent.TASK_BROKER, type.text, data, options);
}
