// From galactic to equatorial coordinates (J2000; ICRS differs by 0.02 arcseconds).

const RADIANS = Math.PI / 180;
const DEGREES = 180 / Math.PI;

/** North galactic pole, and galactic longitude of the north celestial pole (IAU 1958, taken to J2000). */
const POLE_RA = 192.85948 * RADIANS;
const POLE_DEC = 27.12825 * RADIANS;
const NORTH_LONGITUDE = 122.93192 * RADIANS;

/** Right ascension (0 to 360) and declination in degrees of a galactic longitude and latitude in degrees. */
export function galacticToEquatorial(
  longitudeDeg: number,
  latitudeDeg: number,
): { raDeg: number; decDeg: number } {
  const latitude = latitudeDeg * RADIANS;
  const angle = NORTH_LONGITUDE - longitudeDeg * RADIANS;
  const sinDec =
    Math.sin(POLE_DEC) * Math.sin(latitude) + Math.cos(POLE_DEC) * Math.cos(latitude) * Math.cos(angle);
  const y = Math.cos(latitude) * Math.sin(angle);
  const x =
    Math.cos(POLE_DEC) * Math.sin(latitude) - Math.sin(POLE_DEC) * Math.cos(latitude) * Math.cos(angle);
  const raDeg = (POLE_RA + Math.atan2(y, x)) * DEGREES;
  return { raDeg: (raDeg + 360) % 360, decDeg: Math.asin(Math.max(-1, Math.min(1, sinDec))) * DEGREES };
}
