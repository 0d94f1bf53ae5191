// The agent that keeps the tasks: Celery's embedded broker on the mesh.
import { hostname } from 'node:os';
import {
  aftermathOf,
  type BrokerBeat,
  brokerMessages as messages,
  openBeat,
  TaskBroker,
} from '../../src/celery/index.js';
import {
  Agent,
  action,
  type Environment,
  type MessageContext,
  type MessageType,
} from '../../src/mesh/index.js';
import { siteOf } from '../../src/observatory/index.js';

/** Without a section [celery], its default. */
const RESULT_EXPIRES_MS = 86_400_000;
const LISTED_DEAD_LETTERS = 100;

export class TaskBrokerAgent extends Agent {
  protected override readonly mailboxKind = 'concurrent';
  #broker: TaskBroker | undefined;
  #beat: BrokerBeat | undefined;

  constructor(environment: Environment) {
    super(Agent.TASK_BROKER, environment);
    this.#on(messages.PUBLISH, ({ client, again, tasks }) => this.#open.publish(client, again, tasks));
    this.#on(messages.ATTEND, (attendance, context) => this.#open.attend(attendance, context));
    this.#on(messages.REPORT, (report) => this.#open.report(report));
    this.#on(messages.LISTEN, ({ client, ids }, context) => this.#listen(client, ids, context));
    this.#on(messages.WATCH, ({ client, ids, seen, seenBytes }) => {
      this.#open.feeds.seen(client, seen, seenBytes);
      this.#open.watch(client, ids);
    });
    this.#on(messages.RESULT, ({ id }) => this.#open.results.get(id));
    this.#on(messages.FORGET, ({ ids }) => this.#open.forget(ids));
    this.#on(messages.SAVE, ({ result }) => this.#open.save(result));
    this.#on(messages.REVOKE, ({ ids, terminate, signal }) => this.#open.revoke(ids, terminate, signal));
    this.#on(messages.SCHEDULED, ({ queues, limit }) => this.#open.scheduled(queues, limit));
    this.#on(messages.REVOKED_IDS, () => this.#open.revocations.ids);
    this.#on(messages.CONTROL_WORKERS, (command, context) => this.#open.control(command, context));
    this.#on(messages.CONTROL_ANSWER, ({ ticket, node, answer }) =>
      this.#open.controls.answer(ticket, node, answer),
    );
    this.#on(messages.EVENTS, (_, context) => this.#open.events(context));
    this.#on(messages.QUEUES, () => this.#open.queues());
    this.#on(messages.PURGE, ({ queue }) => this.#open.purge(queue));
    this.#on(messages.DEAD_LETTERS, () => this.#open.deadLetters.list(LISTED_DEAD_LETTERS));
  }

  /** Requests of workers and callers stay open for as long as they listen. */
  protected override get isBusy(): boolean {
    return false;
  }

  protected override async work(): Promise<void> {
    const { maxQueueLength, storeLimit, maxDeliveries, workerPatience } = this.config.settings('task_broker');
    const limits = {
      maxQueueLength,
      storeLimitBytes: storeLimit,
      maxDeliveries,
      workerPatienceMs: workerPatience,
      resultExpiresMs: this.config.celery?.resultExpires ?? RESULT_EXPIRES_MS,
    };
    const aftermath = aftermathOf(this.config, this.clock);
    this.#broker = new TaskBroker(this.store, this.clock, this.log, limits, aftermath);
    this.#broker.host = hostname();
    if (!this.config.celery) return;
    const { config, clock, store, log } = this;
    this.#beat = await openBeat({ config, site: siteOf(config), clock, store, broker: this.#broker, log });
    await this.#beat.start();
  }

  protected override async shutdown(): Promise<void> {
    await this.#beat?.stop();
    await this.#broker?.close();
  }

  protected override status(): Record<string, unknown> {
    return { ...this.#broker?.status(), beat: this.#beat?.status() };
  }

  get #open(): TaskBroker {
    if (!this.#broker) throw new Error('the broker has not started');
    return this.#broker;
  }

  #listen(client: string, ids: string[], context: MessageContext): Promise<void> {
    const gone = this.#open.feeds.listen(client, context);
    this.#open.watch(client, ids);
    return gone;
  }

  #on<T>(type: MessageType<T>, run: (data: T, context: MessageContext) => unknown): void {
    this.actionsByMessage.set(type.text, action(type, run));
  }
}
