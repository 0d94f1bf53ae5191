// The sign of life of who runs the night: while it comes, the PLC lets the dome stay open.
import type { Clock, Timer } from '../../clock/index.js';
import { askDevice } from './ask-device.js';

/** So many signs may be lost before the PLC acts. */
const SIGNS_PER_TTL = 3;
/** How long the PLC may take to answer, in ms of real time. */
const PATIENCE_MS = 2000;

export class PlcHeartbeat {
  #timer: Timer | undefined;
  #ended = false;

  /**
   * @param onLost - is told of each sign that did not arrive
   * @param leastMs - between two signs, in ms of observatory time: a PLC on a fast clock waits longer
   */
  constructor(
    private readonly clock: Clock,
    private readonly ttlS: number,
    private readonly onLost: (error: unknown) => void,
    private readonly leastMs = 0,
  ) {}

  /** Gives a sign of life now, and again before the PLC misses it, until `end`. */
  start(): void {
    if (this.#ended) return;
    askDevice('PLC', `DO PLC HEARTBEAT TTL=${this.ttlS}s`, { timeoutMs: PATIENCE_MS }).catch(this.onLost);
    this.#timer = this.clock.after(Math.max(this.leastMs, (this.ttlS * 1000) / SIGNS_PER_TTL), () =>
      this.start(),
    );
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
  }
}
