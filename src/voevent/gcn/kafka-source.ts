// GCN's notices over Kafka. The place up to which we have read moves on only when an event is stored: after an outage all
// comes that the servers still keep.
import type { Consumer, EachMessagePayload, Kafka, KafkaConfig } from 'kafkajs';
import { type Clock, isoTime, RealClock } from '../../clock/index.js';
import { errorCode, errorText } from '../../errors/index.js';
import { GcnError, VOEventError } from '../errors.js';
import { SILENT, type VoeventLog } from '../log.js';
import { Backoff } from '../vtp/backoff.js';
import { type ClientCredentials, tokenProvider } from './token.js';

/** What is followed, where, and as whom. */
export interface GcnOptions {
  /** `HOST:PORT` of servers. */
  brokers: readonly string[];
  /** Names of topics; a `*` stands for anything. */
  topics: readonly string[];
  /** Under this name the servers remember how far we have read. */
  group: string;
  /** With these, by TLS. */
  credentials?: ClientCredentials | undefined;
  /** GCN is alive when a notice or a heartbeat has come within this time. */
  heartbeatTimeoutMs: number;
  /** How often it is looked whether there are new topics. @defaultValue 600000 */
  lookMs?: number;
  /** A client that has gone without a word is waited for so long. @defaultValue 30000 */
  sessionTimeoutMs?: number;
  /** For time stamps. */
  clock: Clock;
  /** For waiting. @defaultValue real time */
  timers?: Clock;
}

/**
 * Takes a message over: it is on the disk when this resolves. A VOEventError refuses it for good; any other error is a
 * passing trouble, and the message comes again.
 */
export type OnGcnMessage = (topic: string, bytes: Uint8Array) => Promise<void>;

/** Proof that GCN is alive, about once a second. */
const HEARTBEAT_TOPIC = 'gcn.heartbeat';
/** So many heartbeats are noted together. */
const HEARTBEATS_NOTED = 30;
const LOOK_MS = 600_000;
const SESSION_TIMEOUT_MS = 30_000;
const CLOSE_PATIENCE_MS = 5_000;
/** An empty answer comes at the latest after this time. */
const POLL_MS = 1_000;

export class GcnSource {
  #state: 'CONNECTING' | 'CONNECTED' | 'WAITING' | 'STOPPED' = 'CONNECTING';
  #topics: string[] = [];
  #counters = { events: 0, refused: 0, failed: 0, heartbeats: 0 };
  #heardMs: number | undefined;
  #eventMs: number | undefined;
  #reason: string | undefined;
  #stop = new AbortController();
  #running: Promise<void>;
  readonly #timers: Clock;
  #kafka: Promise<Kafka> | undefined;

  constructor(
    private readonly options: GcnOptions,
    private readonly onMessage: OnGcnMessage,
    private readonly log: VoeventLog = SILENT,
  ) {
    this.#timers = options.timers ?? new RealClock();
    this.#running = this.#follow();
  }

  /** For `Status`. `isAlive` tells a quiet sky from a dead source. */
  report(): Record<string, unknown> {
    const nowMs = this.options.clock.now();
    const isAlive = this.#heardMs !== undefined && nowMs - this.#heardMs <= this.options.heartbeatTimeoutMs;
    return {
      state: this.#state,
      isAlive,
      topics: this.#topics.length,
      ...this.#counters,
      ...(this.#heardMs !== undefined && { heard: isoTime(this.#heardMs) }),
      ...(this.#eventMs !== undefined && { lastEvent: isoTime(this.#eventMs) }),
      ...(this.#reason !== undefined && { reason: this.#reason }),
    };
  }

  /** Ends; a connection that is being made is not waited for long. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    this.#state = 'STOPPED';
    await Promise.race([this.#running, this.#timers.sleep(CLOSE_PATIENCE_MS)]);
  }

  /** Only who follows GCN loads the library: it is large. */
  #client(): Promise<Kafka> {
    this.#kafka ??= import('kafkajs').then(({ default: { Kafka, logLevel } }) => {
      return new Kafka({ ...this.#config(), logLevel: logLevel.ERROR });
    });
    return this.#kafka;
  }

  #config(): KafkaConfig {
    const { brokers, credentials } = this.options;
    return {
      clientId: 'pyros',
      brokers: [...brokers],
      logCreator:
        () =>
        ({ log }) => {
          if (!this.#stop.signal.aborted)
            this.log.warn('Kafka', { reason: log.message, error: log['error'] });
        },
      retry: { initialRetryTime: 300, maxRetryTime: 30_000, retries: 5 },
      ...(credentials && {
        ssl: true,
        sasl: { mechanism: 'oauthbearer' as const, oauthBearerProvider: tokenProvider(credentials) },
      }),
    };
  }

  /** Connects, and connects again, until it is closed. */
  async #follow(): Promise<void> {
    const backoff = new Backoff();
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const begunMs = this.#timers.now();
      try {
        this.#state = 'CONNECTING';
        await this.#session();
      } catch (error) {
        if (signal.aborted) break;
        this.#reason = errorText(error);
        this.#state = 'WAITING';
        const pauseMs = backoff.next(this.#timers.now() - begunMs);
        const fields = { code: errorCode(error), reason: this.#reason, againInS: Math.round(pauseMs / 1000) };
        this.log.warn('not connected to GCN', fields);
        await this.#timers.sleep(pauseMs, signal).catch(() => undefined);
      }
    }
    this.#state = 'STOPPED';
  }

  /** Follows the topics that there are, until there are others, or the connection is given up. */
  async #session(): Promise<void> {
    this.#topics = await this.#existingTopics();
    const { group, topics } = this.options;
    if (this.#topics.length === 0)
      throw new GcnError('GCN_NO_TOPIC', `the servers have no topic like ${topics.join(', ')}`);
    const sessionTimeout = this.options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
    const consumer = (await this.#client()).consumer({
      groupId: group,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: POLL_MS,
      sessionTimeout,
      heartbeatInterval: sessionTimeout / 10,
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: this.#topics, fromBeginning: true });
      await this.#consume(consumer);
    } finally {
      await consumer.disconnect().catch(() => undefined);
    }
  }

  async #consume(consumer: Consumer): Promise<void> {
    const { signal } = this.#stop;
    const crashed = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
    });
    crashed.catch(() => undefined);
    await consumer.run({ autoCommit: false, eachMessage: (payload) => this.#take(consumer, payload) });
    this.#state = 'CONNECTED';
    this.#reason = undefined;
    this.log.info('following GCN', { topics: this.#topics });
    for (;;) {
      await Promise.race([this.#timers.sleep(this.options.lookMs ?? LOOK_MS, signal), crashed]);
      const topics = await this.#existingTopics();
      if (topics.join() !== this.#topics.join()) return;
    }
  }

  /** Rejects when the event could not be stored: kafkajs asks for it again then. */
  async #take(consumer: Consumer, { topic, partition, message }: EachMessagePayload): Promise<void> {
    this.#heardMs = this.options.clock.now();
    const next = [{ topic, partition, offset: String(BigInt(message.offset) + 1n) }];
    if (topic === HEARTBEAT_TOPIC) {
      this.#counters.heartbeats += 1;
      if (this.#counters.heartbeats % HEARTBEATS_NOTED === 0) await consumer.commitOffsets(next);
      return;
    }
    if (message.value && message.value.length > 0) await this.#handOver(topic, message.value);
    await consumer.commitOffsets(next);
  }

  async #handOver(topic: string, bytes: Uint8Array): Promise<void> {
    this.#eventMs = this.options.clock.now();
    try {
      await this.onMessage(topic, bytes);
      this.#counters.events += 1;
    } catch (error) {
      const fields = { topic, code: errorCode(error), reason: errorText(error) };
      if (error instanceof VOEventError) {
        // It costs this message only.
        this.#counters.refused += 1;
        this.log.warn('a notice of GCN is refused', fields);
        return;
      }
      this.#counters.failed += 1;
      this.log.warn('a notice of GCN could not be taken over; it is asked for again', fields);
      throw error;
    }
  }

  async #existingTopics(): Promise<string[]> {
    const admin = (await this.#client()).admin();
    try {
      await admin.connect();
      const wanted = [...this.options.topics, HEARTBEAT_TOPIC].map(patternOf);
      const all = await admin.listTopics();
      const found = all.filter((topic) => wanted.some((pattern) => pattern.test(topic))).sort();
      return found.join() === HEARTBEAT_TOPIC ? [] : found;
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}

function patternOf(topic: string): RegExp {
  const parts = topic.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
