// How long to wait before the next attempt to connect: longer after each failure, and never for long.

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** Part of a pause that is left to chance, so that many do not come at once. */
const JITTER = 0.2;

/** Pauses between attempts. Only a connection that has lasted makes them short again. */
export class Backoff {
  #pauseMs = 0;

  constructor(
    private readonly chance: () => number = Math.random,
    /** A connection of this age has proven itself. */
    private readonly provenMs = LONGEST_MS,
  ) {}

  /** The next pause, after a connection that lived for `livedMs` (0: there was none). At most one minute. */
  next(livedMs: number): number {
    const base = livedMs >= this.provenMs ? FIRST_MS : Math.min(LONGEST_MS, this.#pauseMs * 2 || FIRST_MS);
    this.#pauseMs = base;
    return base * (1 - JITTER * this.chance());
  }
}
