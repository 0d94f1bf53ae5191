// The agent that receives VOEvents over VTP: stores each before it is acknowledged, and posts it to the alert manager.
import { Agent, type Environment, Sender } from '../../src/mesh/index.js';
import { VOEVENT_RECEIVED } from '../../src/observatory/index.js';
import {
  EventStore,
  type Receiver,
  type StoredEvent,
  startReceiver,
  type VOEvent,
} from '../../src/voevent/index.js';

export class VOEventBrokerAgent extends Agent {
  #events: EventStore | undefined;
  #receiver: Receiver | undefined;

  constructor(environment: Environment) {
    super(Agent.VOEVENT_BROKER, environment);
  }

  protected override async work(): Promise<void> {
    const { vtpIp, vtpPort, localIvorn, eventLimit } = this.config.settings('voevent_broker');
    const events = new EventStore(this.store, this.clock);
    this.#events = events;
    this.#receiver = await startReceiver(
      { host: vtpIp, port: vtpPort, localIvorn, limits: { maxBytes: eventLimit }, clock: this.clock },
      (bytes, event, peer) => this.#take(events, bytes, event, peer),
      this.log,
    );
    this.log.info(`taking VOEvents on ${vtpIp} port ${this.#receiver.port}`);
  }

  protected override async shutdown(): Promise<void> {
    await this.#receiver?.close();
  }

  protected override status(): Record<string, unknown> {
    return { vtp: this.#receiver?.counters, stored: this.#events?.count };
  }

  /**
   * Resolves when the event is on disk: the author is acknowledged then. The message to the alert manager is part of
   * the same transaction, so that no event is stored without being handed on, nor handed on twice.
   */
  async #take(events: EventStore, bytes: Uint8Array, event: VOEvent, peer: string): Promise<void> {
    const { ivorn, role } = event;
    const { fresh } = await events.add(bytes, event, peer, handOn);
    if (fresh) this.log.info(`VOEvent ${ivorn} received and stored`, { role, from: peer });
    else this.log.info(`VOEvent ${ivorn} was received before; acknowledged again`, { from: peer });
  }
}

function handOn({ id, ivorn, bytes, receivedMs }: StoredEvent): void {
  void Sender.post(Agent.ALERT_MANAGER, VOEVENT_RECEIVED, { id, ivorn, packet: bytes, receivedMs });
}
