// Positions among the stars, and how far they are apart.
import { normalizeDeg, RAD_PER_DEG } from './angles.js';

/** A position in ICRS, the frame of star catalogues, VOEvent and FITS (J2000 to within 0.03 arcsec). */
export interface Equatorial {
  /** Right ascension, 0 to 360. */
  raDeg: number;
  /** Declination, -90 to 90. */
  decDeg: number;
}

/** A right ascension brought into 0 (included) to 360 (excluded) degrees. */
export function normalizeRa(raDeg: number): number {
  return normalizeDeg(raDeg);
}

/**
 * The angle between two directions, 0 to 180 deg. Vincenty's formula on the sphere: exact for neighbours, where
 * the cosine formula fails, and for opposite points, where the haversine does.
 */
export function separationDeg(a: Equatorial, b: Equatorial): number {
  const turn = (b.raDeg - a.raDeg) * RAD_PER_DEG;
  const [sinA, cosA] = sinCos(a.decDeg);
  const [sinB, cosB] = sinCos(b.decDeg);
  const across = Math.hypot(cosB * Math.sin(turn), cosA * sinB - sinA * cosB * Math.cos(turn));
  const along = sinA * sinB + cosA * cosB * Math.cos(turn);
  return Math.atan2(across, along) / RAD_PER_DEG;
}

function sinCos(angleDeg: number): [sin: number, cos: number] {
  return [Math.sin(angleDeg * RAD_PER_DEG), Math.cos(angleDeg * RAD_PER_DEG)];
}
