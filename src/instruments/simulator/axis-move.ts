// One axis of a mount on its way: speed up, cruise, brake.

/** What an axis can do. */
export interface AxisLimits {
  maxSpeedDegPerS: number;
  accelerationDegPerS2: number;
}

/** The fastest way of an axis from a place and a speed to a standstill elsewhere, within its limits. */
export class AxisMove {
  readonly durationS: number;
  /** +1 or -1: the direction in which it speeds up. */
  readonly #sign: number;
  readonly #peakSpeed: number;
  readonly #speedUpS: number;
  readonly #cruiseS: number;

  constructor(
    readonly startDeg: number,
    readonly startDegPerS: number,
    readonly endDeg: number,
    readonly limits: AxisLimits,
  ) {
    const { maxSpeedDegPerS, accelerationDegPerS2: acceleration } = limits;
    // Too fast to stop in time: it overshoots, and comes back.
    this.#sign = endDeg >= restingPlace(startDeg, startDegPerS, acceleration) ? 1 : -1;
    const way = (endDeg - startDeg) * this.#sign;
    const startSpeed = startDegPerS * this.#sign;
    const unlimitedPeak = Math.sqrt(Math.max(0, acceleration * way + startSpeed ** 2 / 2));
    this.#peakSpeed = Math.max(startSpeed, Math.min(maxSpeedDegPerS, unlimitedPeak));
    this.#speedUpS = (this.#peakSpeed - startSpeed) / acceleration;
    const speedUpWay = (this.#peakSpeed ** 2 - startSpeed ** 2) / (2 * acceleration);
    const brakeWay = this.#peakSpeed ** 2 / (2 * acceleration);
    const cruiseWay = Math.max(0, way - speedUpWay - brakeWay);
    this.#cruiseS = this.#peakSpeed > 0 ? cruiseWay / this.#peakSpeed : 0;
    this.durationS = this.#speedUpS + this.#cruiseS + this.#peakSpeed / acceleration;
  }

  /** Place after `timeS`; the end from `durationS` on. */
  placeDeg(timeS: number): number {
    if (timeS >= this.durationS) return this.endDeg;
    const { accelerationDegPerS2: acceleration } = this.limits;
    const brakingS = Math.max(0, timeS - this.#speedUpS - this.#cruiseS);
    const cruisingS = Math.min(this.#cruiseS, Math.max(0, timeS - this.#speedUpS));
    const speedingUpS = Math.min(timeS, this.#speedUpS);
    const way =
      this.startDegPerS * this.#sign * speedingUpS +
      (acceleration * speedingUpS ** 2) / 2 +
      this.#peakSpeed * (cruisingS + brakingS) -
      (acceleration * brakingS ** 2) / 2;
    return this.startDeg + this.#sign * way;
  }

  /** Speed after `timeS`, signed. */
  speedDegPerS(timeS: number): number {
    if (timeS >= this.durationS) return 0;
    const { accelerationDegPerS2: acceleration } = this.limits;
    const brakingS = Math.max(0, timeS - this.#speedUpS - this.#cruiseS);
    const speed =
      brakingS > 0
        ? this.#peakSpeed - acceleration * brakingS
        : this.startDegPerS * this.#sign + acceleration * Math.min(timeS, this.#speedUpS);
    return this.#sign * speed;
  }
}

/** Where an axis stands still when it brakes now. */
export function restingPlace(placeDeg: number, speedDegPerS: number, accelerationDegPerS2: number): number {
  return placeDeg + (speedDegPerS * Math.abs(speedDegPerS)) / (2 * accelerationDegPerS2);
}
