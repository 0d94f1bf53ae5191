// Where a target that is followed stands: a star stays, the Moon and the Sun go on among the stars.
import { type Equatorial, normalizeRa } from '../../sky/index.js';
import type { TrackingRate } from '../drivers/telescope-driver.js';

const MS_PER_DAY = 86_400_000;

/** Eastward, on average. */
const DEG_PER_DAY: Record<TrackingRate, number> = {
  SIDEREAL: 0,
  LUNAR: 360 / 27.321661,
  SOLAR: 360 / 365.24219,
  OFF: 0,
};

/** A place among the stars that moves at a rate. */
export class Course {
  constructor(
    private readonly start: Equatorial,
    readonly rate: TrackingRate,
    private readonly startMs: number,
  ) {}

  placeAt(timeMs: number): Equatorial {
    const degPerDay = DEG_PER_DAY[this.rate];
    if (degPerDay === 0) return this.start;
    const { raDeg, decDeg } = this.start;
    return { raDeg: normalizeRa(raDeg + (degPerDay * (timeMs - this.startMs)) / MS_PER_DAY), decDeg };
  }

  /** The same from another place. */
  shiftedTo(place: Equatorial, timeMs: number): Course {
    return new Course(place, this.rate, timeMs);
  }
}
