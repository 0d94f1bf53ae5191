// Log lines about peers that were refused: one at once, and then one a minute with their number, however many come.
import { type Clock, RealClock } from '../clock/index.js';
import type { Logger } from '../log/index.js';

/** At most one line per peer in this time. */
const PERIOD_MS = 60_000;
/** Peers that are told apart; the others of the same minute share a line. */
const PEER_LIMIT = 1000;
const OTHERS = 'other addresses';

export class RefusalLog {
  /** All since the start. */
  total = 0;
  /** By peer, what has been refused since its last line, by reason. */
  readonly #peers = new Map<string, Map<string, number>>();

  /** @param clock - the real one: a simulated night has short minutes */
  constructor(
    private readonly log: Logger,
    private readonly clock: Pick<Clock, 'after'> = new RealClock(),
  ) {}

  /** Counts, and says it when this peer has not been heard of for a minute. */
  refused(address: string, reason: string): void {
    this.total += 1;
    const isNew = !this.#peers.has(address);
    const peer = isNew && this.#peers.size >= PEER_LIMIT ? OTHERS : address;
    const reasons = this.#peers.get(peer);
    if (reasons) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      return;
    }
    this.log.warn(`refused ${peer}: ${reason}`);
    this.#peers.set(peer, new Map());
    this.clock.after(PERIOD_MS, () => this.#minuteOver(peer));
  }

  /** Tells what is counted and not told yet. */
  close(): void {
    for (const peer of this.#peers.keys()) this.#tell(peer);
    this.#peers.clear();
  }

  #minuteOver(peer: string): void {
    if (this.#tell(peer)) this.clock.after(PERIOD_MS, () => this.#minuteOver(peer));
    else this.#peers.delete(peer);
  }

  /** @returns whether there was something to tell */
  #tell(peer: string): boolean {
    const reasons = this.#peers.get(peer);
    if (!reasons || reasons.size === 0) return false;
    const count = [...reasons.values()].reduce((sum, each) => sum + each, 0);
    const texts = [...reasons].map(([reason, each]) => (reasons.size > 1 ? `${reason} (${each})` : reason));
    reasons.clear();
    const times = count === 1 ? 'once' : `${count} times`;
    this.log.warn(`refused ${peer} ${times} more within a minute: ${texts.join('; ')}`);
    return true;
  }
}
