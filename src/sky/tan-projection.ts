// The gnomonic projection of a camera's image, FITS's TAN: the sky onto the plane that touches it at the centre.
import { normalizeDeg, RAD_PER_DEG } from './angles.js';
import type { Equatorial } from './equatorial.js';

/** A point of the tangent plane. */
export interface PlanePoint {
  /** Towards the east. */
  xiDeg: number;
  /** Towards the north. */
  etaDeg: number;
}

/** FITS's TAN projection about a centre (Calabretta and Greisen 2002, section 5.1.3). */
export class TanProjection {
  readonly #sinDec: number;
  readonly #cosDec: number;

  constructor(readonly centre: Equatorial) {
    this.#sinDec = Math.sin(centre.decDeg * RAD_PER_DEG);
    this.#cosDec = Math.cos(centre.decDeg * RAD_PER_DEG);
  }

  /** The plane's point of a direction; `undefined` for the half of the sky behind the plane. */
  project(target: Equatorial): PlanePoint | undefined {
    const turn = (target.raDeg - this.centre.raDeg) * RAD_PER_DEG;
    const sin = Math.sin(target.decDeg * RAD_PER_DEG);
    const cos = Math.cos(target.decDeg * RAD_PER_DEG);
    const depth = this.#sinDec * sin + this.#cosDec * cos * Math.cos(turn);
    if (depth <= 0) return undefined;
    const xi = (cos * Math.sin(turn)) / depth;
    const eta = (this.#cosDec * sin - this.#sinDec * cos * Math.cos(turn)) / depth;
    return { xiDeg: xi / RAD_PER_DEG, etaDeg: eta / RAD_PER_DEG };
  }

  /** The direction of a point of the plane: the reverse of {@link TanProjection.project}. */
  unproject(point: PlanePoint): Equatorial {
    const xi = point.xiDeg * RAD_PER_DEG;
    const eta = point.etaDeg * RAD_PER_DEG;
    const towardsPole = this.#cosDec - eta * this.#sinDec;
    const turn = Math.atan2(xi, towardsPole);
    const dec = Math.atan2(this.#sinDec + eta * this.#cosDec, Math.hypot(xi, towardsPole));
    return { raDeg: normalizeDeg(this.centre.raDeg + turn / RAD_PER_DEG), decDeg: dec / RAD_PER_DEG };
  }
}
