// How much air the light of a star passes.
import { RAD_PER_DEG } from './angles.js';

/**
 * Airmass at an apparent altitude, 1 in the zenith and about 38 at the horizon; `undefined` below it.
 * K. A. Pickering, "The Southern Limits of the Ancient Star Catalog", DIO 12 (2002), page 20.
 */
export function airmass(altitudeDeg: number): number | undefined {
  if (!(altitudeDeg >= 0)) return undefined;
  const liftedDeg = altitudeDeg + 244 / (165 + 47 * altitudeDeg ** 1.1);
  // Within 0.1 deg of the zenith the lifted altitude passes 90 deg, where the sine falls again.
  return liftedDeg >= 90 ? 1 : 1 / Math.sin(liftedDeg * RAD_PER_DEG);
}
