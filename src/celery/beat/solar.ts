// By the Sun over the observatory, with Celery's names of events.
import { RAD_PER_DEG, type Site, sun, sunAltitude } from '../../sky/index.js';
import { nextCrossing } from './crossing.js';
import { ScheduleError, shown } from './errors.js';
import { latestOf, type Schedule } from './schedule.js';

/** True altitude of the Sun's centre when its upper edge, lifted by the air, stands on the horizon. */
const EDGE_ON_HORIZON_DEG = -50 / 60;

/** Altitude of the Sun's centre at an event, and whether it rises then; solar noon is its culmination. */
const EVENTS = {
  dawn_astronomical: { altitudeDeg: -18, rises: true },
  dawn_nautical: { altitudeDeg: -12, rises: true },
  dawn_civil: { altitudeDeg: -6, rises: true },
  sunrise: { altitudeDeg: EDGE_ON_HORIZON_DEG, rises: true },
  solar_noon: 'culmination',
  sunset: { altitudeDeg: EDGE_ON_HORIZON_DEG, rises: false },
  dusk_civil: { altitudeDeg: -6, rises: false },
  dusk_nautical: { altitudeDeg: -12, rises: false },
  dusk_astronomical: { altitudeDeg: -18, rises: false },
} as const;

/** Celery's names of what the Sun does. */
export type SolarEvent = keyof typeof EVENTS;

/** All of them, in the order of a day. */
export const SOLAR_EVENTS = Object.keys(EVENTS) as readonly SolarEvent[];

/** The Earth's turn against the Sun, rounded up. */
const TURN_DEG_PER_S = 15.05 / 3600;
/** The Sun's way in declination, and its parallax, rounded up. */
const DRIFT_DEG_PER_S = 0.05 / 3600;

/** In polar day and night an event waits for its season: at the poles up to a year. */
const LONGEST_WAIT_MS = 400 * 86_400_000;

/** Due each time that the Sun does it; where it does not for months, at the next time that it really does. */
export class Solar implements Schedule {
  readonly text: string;
  /** Below zero before the event, above it after. */
  readonly #value: (timeMs: number) => number;
  /** The most that it changes in a second. */
  readonly #fastest: number;

  /** @throws ScheduleError when there is no such event */
  constructor(
    readonly event: SolarEvent,
    site: Site,
  ) {
    if (!Object.hasOwn(EVENTS, event)) throw new ScheduleError(shown(event), SOLAR_EVENTS.join(', '));
    this.text = `solar ${event}`;
    const kind = EVENTS[event];
    if (kind === 'culmination') {
      this.#value = (timeMs) => -eastOf(site, timeMs);
      this.#fastest = (TURN_DEG_PER_S + DRIFT_DEG_PER_S) * RAD_PER_DEG;
    } else {
      const sign = kind.rises ? 1 : -1;
      this.#value = (timeMs) => sign * (sunAltitude(site, timeMs) - kind.altitudeDeg);
      this.#fastest = TURN_DEG_PER_S * Math.cos(site.latitudeDeg * RAD_PER_DEG) + DRIFT_DEG_PER_S;
    }
  }

  next(afterMs: number): number {
    const dueMs = nextCrossing(this.#value, this.#fastest, afterMs, afterMs + LONGEST_WAIT_MS);
    if (dueMs === undefined) throw new RangeError(`${this.text}: nothing after ${afterMs} ms`);
    return dueMs;
  }

  latest(afterMs: number, nowMs: number): number | undefined {
    return latestOf((timeMs) => this.next(timeMs), afterMs, nowMs);
  }
}

/** How far east the Sun stands, 1 to -1: it passes zero westwards at noon. */
function eastOf(site: Site, timeMs: number): number {
  const { altitudeDeg, azimuthDeg } = sun(site, timeMs);
  return Math.cos(altitudeDeg * RAD_PER_DEG) * Math.sin(azimuthDeg * RAD_PER_DEG);
}
