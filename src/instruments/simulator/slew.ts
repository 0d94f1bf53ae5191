// Both axes of an altitude-azimuth mount on their way.
import { type Horizontal, normalizeDeg, wrapDeg } from '../../sky/index.js';
import { type AxisLimits, AxisMove, restingPlace } from './axis-move.js';

/** Where a mount points and how fast its axes turn. */
export interface MountMotion extends Horizontal {
  altitudeDegPerS: number;
  azimuthDegPerS: number;
}

/** A move of both axes at once, each as fast as it can; the azimuth goes the short way round. */
export class Slew {
  readonly #altitude: AxisMove;
  readonly #azimuth: AxisMove;
  /** Until both stand still. */
  readonly durationMs: number;

  constructor(from: MountMotion, to: Horizontal, limits: AxisLimits) {
    const turnDeg = wrapDeg(to.azimuthDeg - from.azimuthDeg);
    this.#altitude = new AxisMove(from.altitudeDeg, from.altitudeDegPerS, to.altitudeDeg, limits);
    this.#azimuth = new AxisMove(from.azimuthDeg, from.azimuthDegPerS, from.azimuthDeg + turnDeg, limits);
    this.durationMs = 1000 * Math.max(this.#altitude.durationS, this.#azimuth.durationS);
  }

  /** The move that brakes both axes where they stand. */
  static braking(from: MountMotion, limits: AxisLimits): Slew {
    const { accelerationDegPerS2: acceleration } = limits;
    const altitudeDeg = restingPlace(from.altitudeDeg, from.altitudeDegPerS, acceleration);
    const azimuthDeg = restingPlace(from.azimuthDeg, from.azimuthDegPerS, acceleration);
    return new Slew(from, { altitudeDeg, azimuthDeg }, limits);
  }

  /** Where it is `elapsedMs` after its start. */
  at(elapsedMs: number): MountMotion {
    const timeS = elapsedMs / 1000;
    return {
      altitudeDeg: this.#altitude.placeDeg(timeS),
      azimuthDeg: normalizeDeg(this.#azimuth.placeDeg(timeS)),
      altitudeDegPerS: this.#altitude.speedDegPerS(timeS),
      azimuthDegPerS: this.#azimuth.speedDegPerS(timeS),
    };
  }
}
