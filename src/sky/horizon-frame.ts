// The sky over one site at one moment: ICRS to altitude and azimuth and back, fast for many targets.
import { InverseRefraction, Refraction, Rotation_EQJ_HOR } from 'astronomy-engine';
import { aberrated, unaberrated } from './aberration.js';
import { directionOf, latitudeOf, longitudeOf, normalizeDeg, RAD_PER_DEG, type Vector3 } from './angles.js';
import type { Equatorial } from './equatorial.js';
import { Rotation } from './rotation.js';
import type { Site } from './site.js';
import { earthVelocity, observerAt, skyTime } from './sky-time.js';

/** A direction seen from a site. */
export interface Horizontal {
  /** Above the horizon, -90 to 90. */
  altitudeDeg: number;
  /** 0 to 360, from north by east. */
  azimuthDeg: number;
}

/** How altitudes are meant. */
export interface HorizonOptions {
  /** Altitudes as lifted by the air (1010 hPa, 10 C) instead of true ones. @defaultValue `false` */
  refraction?: boolean;
}

/**
 * Precession, nutation, aberration and the Earth's turn, worked out once for a site and a time. Within 1 arcsec
 * of astropy, given UT1; parallax and proper motion of stars are not known here.
 */
export class HorizonFrame {
  readonly #rotation: Rotation;
  readonly #velocity: Vector3;

  constructor(
    readonly site: Site,
    readonly timeMs: number,
  ) {
    const time = skyTime(timeMs);
    this.#rotation = new Rotation(Rotation_EQJ_HOR(time, observerAt(site)));
    this.#velocity = earthVelocity(time);
  }

  /** Where a target stands. */
  horizontal(target: Equatorial, options: HorizonOptions = {}): Horizontal {
    const seen = this.#seen(target);
    const altitudeDeg = latitudeOf(seen);
    const lift = options.refraction ? Refraction('normal', altitudeDeg) : 0;
    return { altitudeDeg: altitudeDeg + lift, azimuthDeg: normalizeDeg(-longitudeOf(seen)) };
  }

  /** What stands in a direction. */
  equatorial(direction: Horizontal, options: HorizonOptions = {}): Equatorial {
    const { altitudeDeg, azimuthDeg } = direction;
    const drop = options.refraction ? InverseRefraction('normal', altitudeDeg) : 0;
    const seen = this.#rotation.undo(directionOf(-azimuthDeg, altitudeDeg + drop));
    const icrs = unaberrated(seen, this.#velocity);
    return { raDeg: longitudeOf(icrs), decDeg: latitudeOf(icrs) };
  }

  /** Apparent hour angle, -180 to 180 deg, west positive; zero on the meridian. */
  hourAngleDeg(target: Equatorial): number {
    const [north, west, up] = this.#seen(target);
    const latitude = this.site.latitudeDeg * RAD_PER_DEG;
    return Math.atan2(west, up * Math.cos(latitude) - north * Math.sin(latitude)) / RAD_PER_DEG;
  }

  /** Axes of astronomy-engine: north, west, up. */
  #seen(target: Equatorial): Vector3 {
    return this.#rotation.apply(aberrated(directionOf(target.raDeg, target.decDeg), this.#velocity));
  }
}
