// The agent that takes VOEvents from authors, remote brokers and GCN: stores each before it is acknowledged, posts it to
// the alert manager, and sends it to subscribers.
import { errorText } from '../../src/errors/index.js';
import { Agent, action, type Environment, Sender, storedAction } from '../../src/mesh/index.js';
import {
  LIST_VOEVENTS,
  REPLAY_VOEVENT,
  SHOW_VOEVENT,
  VOEVENT_RECEIVED,
} from '../../src/observatory/index.js';
import {
  Broker,
  type EventQuery,
  findEvent,
  GcnSource,
  type StoredEvent,
  VOEventError,
} from '../../src/voevent/index.js';
import { brokerSettings, gcnSettings } from './settings.js';

export class VOEventBrokerAgent extends Agent {
  #broker: Broker | undefined;
  #gcn: GcnSource | undefined;

  constructor(environment: Environment) {
    super(Agent.VOEVENT_BROKER, environment);
    const { actionsByMessage } = this;
    actionsByMessage.set(
      LIST_VOEVENTS.text,
      action(LIST_VOEVENTS, (query) => this.#list(query)),
    );
    actionsByMessage.set(
      SHOW_VOEVENT.text,
      action(SHOW_VOEVENT, ({ name }) => this.#find(name)),
    );
    actionsByMessage.set(
      REPLAY_VOEVENT.text,
      storedAction(REPLAY_VOEVENT, ({ id, again }) => handOn(this.#find(id), again)),
    );
  }

  protected override async work(): Promise<void> {
    const settings = brokerSettings(this.config);
    const { store, clock, log } = this;
    // The message to the alert manager is part of the transaction that keeps an event: no event is stored without being
    // handed on, nor handed on twice.
    const broker = new Broker(settings, { store, clock, log, onFresh: (event) => handOn(event) });
    this.#broker = broker;
    await broker.start();
    this.#followGcn(broker);
    const { vtpIp } = this.config.settings('voevent_broker');
    this.log.info(`taking VOEvents on ${vtpIp} port ${broker.ports.receive[0]}`);
  }

  protected override async shutdown(): Promise<void> {
    await this.#gcn?.close();
    await this.#broker?.close();
  }

  protected override status(): Record<string, unknown> {
    return { vtp: this.#broker?.report(), gcn: this.#gcn?.report() };
  }

  /** Without credentials the broker goes on with what else it has, and says so in `Status`. */
  #followGcn(broker: Broker): void {
    try {
      const settings = gcnSettings(this.config);
      if (!settings) return;
      const take = (topic: string, bytes: Uint8Array) => broker.takeNotice(topic, bytes);
      this.#gcn = new GcnSource({ ...settings, clock: this.clock }, take, this.log);
    } catch (error) {
      this.fault = errorText(error);
      this.reportError('GCN is not followed', error);
    }
  }

  #list(query: EventQuery) {
    const { events = [], next } = this.#broker?.events.find(query) ?? {};
    return { events: events.map(withoutBytes), next };
  }

  #find(name: string): StoredEvent {
    const found = this.#broker && findEvent(this.#broker.events, name);
    if (found) return found;
    const text = `no VOEvent ${name} is stored; it may have been cleared away`;
    throw new VOEventError('VOEVENT_NOT_STORED', text);
  }
}

function withoutBytes({ bytes, original: _, ...event }: StoredEvent) {
  return { ...event, size: bytes.length };
}

function handOn({ id, ivorn, bytes, receivedMs }: StoredEvent, again?: boolean): void {
  void Sender.post(Agent.ALERT_MANAGER, VOEVENT_RECEIVED, { id, ivorn, packet: bytes, receivedMs, again });
}
