// The agent that receives VOEvents over VTP: stores each before it is acknowledged, and hands it to the alert manager.
import { join } from 'node:path';
import { errorText } from '../../src/errors/index.js';
import { Agent, deliver, type Environment } from '../../src/mesh/index.js';
import { VOEVENT_RECEIVED } from '../../src/observatory/index.js';
import {
  EventStore,
  type Receiver,
  type StoredEvent,
  startReceiver,
  type VOEvent,
} from '../../src/voevent/index.js';

export class VOEventBrokerAgent extends Agent {
  #store: EventStore | undefined;
  #receiver: Receiver | undefined;
  #stop = new AbortController();
  /** Events are handed on one after the other, in the order of their arrival. */
  #handing: Promise<void> = Promise.resolve();

  constructor(environment: Environment) {
    super(Agent.VOEVENT_BROKER, environment);
  }

  protected override async work(): Promise<void> {
    const { vtpIp, vtpPort, localIvorn, eventLimit } = this.config.settings('voevent_broker');
    this.#store = new EventStore(join(this.config.dataDirectory, 'store', 'voevents.lmdb'), this.clock);
    for (const event of this.#store.unhanded()) this.#handOn(event);
    this.#receiver = await startReceiver(
      { host: vtpIp, port: vtpPort, localIvorn, limits: { maxBytes: eventLimit } },
      (bytes, event, peer) => this.#take(bytes, event, peer),
      this.log,
    );
    this.log.info(`taking VOEvents on ${vtpIp} port ${this.#receiver.port}`);
  }

  protected override async shutdown(): Promise<void> {
    this.#stop.abort(new Error('the broker is stopping'));
    await this.#receiver?.close();
    await this.#handing;
    await this.#store?.close();
  }

  protected override status(): Record<string, unknown> {
    return { vtp: this.#receiver?.counters, stored: this.#store?.count };
  }

  /** Resolves when the event is on disk: the author is acknowledged then. */
  async #take(bytes: Uint8Array, event: VOEvent, peer: string): Promise<void> {
    const store = this.#store;
    if (!store) throw new Error('the store is not open');
    const { fresh, id } = await store.add(bytes, event, peer);
    if (!fresh) {
      this.log.info(`VOEvent ${event.ivorn} was received before; acknowledged again`, { from: peer });
      return;
    }
    this.log.info(`VOEvent ${event.ivorn} received and stored`, { role: event.role, from: peer });
    const stored = store.get(id);
    if (stored) this.#handOn(stored);
  }

  #handOn(event: StoredEvent): void {
    this.#handing = this.#handing.then(() => this.#deliver(event));
  }

  /** Until it is marked as handed, it is handed on again after a restart. */
  async #deliver({ id, ivorn, bytes, receivedMs }: StoredEvent): Promise<void> {
    const data = { id, ivorn, packet: bytes, receivedMs };
    try {
      await deliver(Agent.ALERT_MANAGER, VOEVENT_RECEIVED, data, this.#stop.signal);
      await this.#store?.markHanded(id);
    } catch (error) {
      if (!this.#stop.signal.aborted)
        this.reportError(`${ivorn} was not taken by the alert manager`, errorText(error));
    }
  }
}
