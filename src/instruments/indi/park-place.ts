// Where a mount of an INDI server parks: by its hour angle, its right ascension, or over the horizon, as it likes.
import {
  HorizonFrame,
  type Horizontal,
  icrsFromApparent,
  localSiderealDeg,
  normalizeDeg,
  type Site,
} from '../../sky/index.js';
import { DEG_PER_HOUR } from './mount-coordinates.js';
import type { IndiVector } from './vector.js';

/** The place that `TELESCOPE_PARK_POSITION` tells; none when that is missing, or counts steps of encoders. */
export function parkPlaceOf(
  vector: IndiVector | undefined,
  site: Site,
  timeMs: number,
): Horizontal | undefined {
  const within = (member: string, least: number, most: number) => {
    const value = vector?.number(member);
    return value !== undefined && value >= least && value <= most ? value : undefined;
  };
  const [azimuthDeg, altitudeDeg] = [within('PARK_AZ', 0, 360), within('PARK_ALT', -90, 90)];
  if (azimuthDeg !== undefined && altitudeDeg !== undefined) return { azimuthDeg, altitudeDeg };
  const decDeg = within('PARK_DEC', -90, 90);
  const hourAngle = within('PARK_HA', -24, 24);
  const ra = within('PARK_RA', 0, 24);
  const raDeg =
    hourAngle === undefined
      ? ra && ra * DEG_PER_HOUR
      : localSiderealDeg(site, timeMs) - hourAngle * DEG_PER_HOUR;
  if (raDeg === undefined || decDeg === undefined) return undefined;
  const ofDate = { raDeg: normalizeDeg(raDeg), decDeg };
  return new HorizonFrame(site, timeMs).horizontal(icrsFromApparent(ofDate, timeMs));
}
