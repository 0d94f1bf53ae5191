// Rate limits of tasks, Celery's way: `10/s`, `100/m`, `1000/h`, of one worker.

const UNITS_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Starts a second; 0 for no limit, `undefined` for what is no limit at all. */
export function parseRate(text: string | number | null): number | undefined {
  if (text === null || text === '' || text === 0 || text === '0') return 0;
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(?:\/([smh]))?$/.exec(String(text)) ?? [];
  const seconds = UNITS_S[unit];
  return amount === undefined || seconds === undefined ? undefined : Number(amount) / seconds;
}

/** A timer that is late by so much makes up for it with the next start. */
const LATE_MS = 10;

/** A bucket of one token: starts are spread evenly. */
export class TokenBucket {
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(readonly perSecond: number) {}

  get intervalMs(): number {
    return 1000 / this.perSecond;
  }

  /** Ms until one may start, 0 or less when one may now. */
  waitMs(nowMs: number): number {
    return this.#nextMs - nowMs;
  }

  /** @returns 0 when it may start now (and counts as started), else the ms until one may */
  take(nowMs: number): number {
    const waitMs = this.waitMs(nowMs);
    if (waitMs > 0) return waitMs;
    const { intervalMs } = this;
    this.#nextMs = Math.max(this.#nextMs, nowMs - Math.min(LATE_MS, intervalMs / 2)) + intervalMs;
    return 0;
  }
}
