// The posting side of one agent: its outbox, and a courier for each agent that it posts to.
import { AGENT_NAMES, type Config } from '../config/index.js';
import type { Logger } from '../log/index.js';
import type { Store } from '../store/index.js';
import { notPostable } from './agent-constants.js';
import { agentEntry } from './agent-entry.js';
import { checkHeaderText } from './frame.js';
import { Outbox, type SetAside } from './outbox.js';
import { OutboxCourier } from './outbox-courier.js';
import { SenderPool } from './sender-pool.js';

export class PostOffice {
  readonly outbox: Outbox;
  #couriers = new Map<string, OutboxCourier>();
  /** Told in the log. */
  #strangers = new Set<string>();
  /** Connections of their own, so that a wait for an answer never stands behind a heap of posts. */
  #pool: SenderPool;
  #started = false;

  constructor(
    private readonly store: Store,
    private readonly config: Config,
    from: string,
    private readonly log: Logger,
    now: () => number,
  ) {
    this.outbox = new Outbox(store, now, from, config.mesh);
    this.#pool = new SenderPool(config, from);
    this.outbox.onPosted = (agent, message) => this.#courier(agent)?.posted(message);
  }

  /** Begins to deliver, also what was posted before the last restart. */
  start(): void {
    this.#started = true;
    for (const agent of this.outbox.agents()) this.#courier(agent)?.run();
  }

  /**
   * As `Sender.post`. A message to an agent of PyROS that the file does not have waits until it has: no alert is lost
   * to a missing section. Inside of a transaction an error is thrown at once, not promised: a change is not kept
   * without the message that tells of it.
   * @throws MeshError `UNKNOWN_AGENT` for any other, `MESSAGE_TOO_LARGE`, `BAD_FRAME`, `SENDER_FULL`,
   * `NOT_POSTABLE` for what every agent knows
   */
  post(agent: string, message: string, data: unknown): Promise<void> {
    try {
      checkHeaderText('the message', message);
      const refusal = notPostable(message);
      if (refusal) throw refusal;
      if (!(AGENT_NAMES as readonly string[]).includes(agent)) agentEntry(this.config, agent);
      return this.outbox.post(agent, message, data);
    } catch (error) {
      if (this.store.inTransaction) throw error;
      return Promise.reject(error);
    }
  }

  /** Messages that were given up. */
  asides(): SetAside[] {
    return [...this.outbox.asides()];
  }

  /** For `Status`. */
  status(): Record<string, unknown> {
    const waiting = this.outbox.waiting().map(({ agent, count }) => [agent, count] as const);
    return { waiting: Object.fromEntries(waiting), setAside: this.outbox.asideCount };
  }

  stop(): void {
    for (const courier of this.#couriers.values()) courier.stop();
    this.#couriers.clear();
    this.#started = false;
    this.#pool.close();
  }

  #courier(agent: string): OutboxCourier | undefined {
    if (!this.#started) return undefined;
    const known = this.#couriers.get(agent);
    if (known) return known;
    if (!this.config.agents.has(agent)) {
      if (!this.#strangers.has(agent))
        this.log.error(`posted messages wait for ${agent}, which is no agent of ${this.config.file}`);
      this.#strangers.add(agent);
      return undefined;
    }
    const courier = new OutboxCourier(
      agent,
      this.outbox,
      this.#pool.peer(agent),
      this.log,
      this.config.mesh.retryPause,
    );
    this.#couriers.set(agent, courier);
    return courier;
  }
}
