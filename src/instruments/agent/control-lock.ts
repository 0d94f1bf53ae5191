// Who may control a device: everybody, or for a while only one.
import type { Clock } from '../../clock/index.js';
import { InstrumentError } from '../errors.js';

/** A lock as it is kept. */
export interface ControlLock {
  owner: string;
  untilMs: number;
}

/** What somebody says of himself: the name of his agent, and the `OWNER=` of his sentence. */
export interface Client {
  from: string | undefined;
  owner: string | undefined;
}

/** The lock of one device. Reading stays open to everybody. */
export class ControlLocks {
  #lock: ControlLock | undefined;

  /** @param keep - puts the lock on disk; it outlives the agent */
  constructor(
    private readonly clock: Clock,
    private readonly keep: (lock: ControlLock | null) => Promise<void>,
  ) {}

  /** The lock that was kept. */
  restore(lock: ControlLock | null | undefined): void {
    this.#lock = lock ?? undefined;
  }

  /** @throws InstrumentError `DENIED` for who is not the owner */
  check({ from, owner }: Client): void {
    const held = this.#held();
    if (!held || held.owner === (owner ?? from)) return;
    const leftS = Math.ceil((held.untilMs - this.clock.now()) / 1000);
    const text = `${held.owner} has the lock for another ${leftS} s; the owner says OWNER=${held.owner}`;
    throw new InstrumentError('DENIED', text);
  }

  /** Takes or renews it; resolves when that is on disk. @throws InstrumentError `DENIED`, `VALUE_NOT_SET` */
  async take(client: Client, ttlS: number): Promise<void> {
    const owner = client.owner ?? client.from;
    if (owner === undefined) throw new InstrumentError('VALUE_NOT_SET', 'say who takes the lock: OWNER=name');
    this.check(client);
    this.#lock = { owner, untilMs: this.clock.now() + ttlS * 1000 };
    await this.keep(this.#lock);
  }

  /** @throws InstrumentError `DENIED` for who is not the owner */
  async give(client: Client): Promise<void> {
    this.check(client);
    this.#lock = undefined;
    await this.keep(null);
  }

  /** For `GET LOCK`. */
  reply(): { OWNER?: string; LEFT?: number } {
    const held = this.#held();
    return held ? { OWNER: held.owner, LEFT: (held.untilMs - this.clock.now()) / 1000 } : {};
  }

  #held(): ControlLock | undefined {
    return this.#lock && this.#lock.untilMs > this.clock.now() ? this.#lock : undefined;
  }
}
