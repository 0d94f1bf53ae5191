// The agent that takes VOEvents from authors, remote brokers and GCN: stores each before it is acknowledged, posts it to
// the alert manager, and sends it to subscribers.
import { Agent, type Environment, Sender } from '../../src/mesh/index.js';
import { VOEVENT_RECEIVED } from '../../src/observatory/index.js';
import { Broker, type StoredEvent } from '../../src/voevent/index.js';
import { brokerSettings } from './settings.js';

export class VOEventBrokerAgent extends Agent {
  #broker: Broker | undefined;

  constructor(environment: Environment) {
    super(Agent.VOEVENT_BROKER, environment);
  }

  protected override async work(): Promise<void> {
    const settings = brokerSettings(this.config);
    const { store, clock, log } = this;
    // The message to the alert manager is part of the transaction that keeps an event: no event is stored without being
    // handed on, nor handed on twice.
    const broker = new Broker(settings, { store, clock, log, onFresh: handOn });
    this.#broker = broker;
    await broker.start();
    const { vtpIp } = this.config.settings('voevent_broker');
    this.log.info(`taking VOEvents on ${vtpIp} port ${broker.ports.receive[0]}`);
  }

  protected override async shutdown(): Promise<void> {
    await this.#broker?.close();
  }

  protected override status(): Record<string, unknown> {
    return { vtp: this.#broker?.report() };
  }
}

function handOn({ id, ivorn, bytes, receivedMs }: StoredEvent): void {
  void Sender.post(Agent.ALERT_MANAGER, VOEVENT_RECEIVED, { id, ivorn, packet: bytes, receivedMs });
}
