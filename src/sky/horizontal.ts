// Altitude, azimuth and hour angle of one target; for many at one moment take a HorizonFrame.
import type { Equatorial } from './equatorial.js';
import { HorizonFrame, type HorizonOptions, type Horizontal } from './horizon-frame.js';
import type { Site } from './site.js';

/** Where a target stands at a time, true altitude unless `options.refraction`. */
export function horizontal(
  site: Site,
  target: Equatorial,
  timeMs: number,
  options: HorizonOptions = {},
): Horizontal {
  return new HorizonFrame(site, timeMs).horizontal(target, options);
}

/** What stands at an altitude and azimuth at a time: the reverse of {@link horizontal}. */
export function equatorialFromHorizontal(
  site: Site,
  direction: Horizontal,
  timeMs: number,
  options: HorizonOptions = {},
): Equatorial {
  return new HorizonFrame(site, timeMs).equatorial(direction, options);
}

/** Apparent hour angle, -180 to 180 deg, west positive; zero on the meridian. */
export function hourAngleDeg(site: Site, target: Equatorial, timeMs: number): number {
  return new HorizonFrame(site, timeMs).hourAngleDeg(target);
}

/** What stands overhead. */
export function zenith(site: Site, timeMs: number): Equatorial {
  return equatorialFromHorizontal(site, { altitudeDeg: 90, azimuthDeg: 0 }, timeMs);
}
