// The time as astronomy-engine wants it, and the Earth's turn and motion at that time.
import { type AstroTime, Body, HelioState, MakeTime, Observer, SiderealTime } from 'astronomy-engine';
import { normalizeDeg, type Vector3 } from './angles.js';
import type { Site } from './site.js';

/** 2000-01-01 12:00 UTC, from which astronomy-engine counts days. */
const J2000_MS = Date.UTC(2000, 0, 1, 12);
const MS_PER_DAY = 86_400_000;

/** Speed of light in astronomical units per day. */
const LIGHT_AU_PER_DAY = 173.144_632_684_669_3;

/** A time in ms UTC, fractions kept. UTC is taken for UT1: at most 0.9 s, or 14 arcsec of the Earth's turn. */
export function skyTime(timeMs: number): AstroTime {
  return MakeTime((timeMs - J2000_MS) / MS_PER_DAY);
}

/** The observer of astronomy-engine at a site. */
export function observerAt(site: Site): Observer {
  return new Observer(site.latitudeDeg, site.longitudeDeg, site.altitudeM);
}

/**
 * The Earth's velocity in units of the speed of light, J2000 equator. About the Sun, not the barycentre (0.01
 * arcsec of aberration) and without the Earth's turn (0.3 arcsec).
 */
export function earthVelocity(time: AstroTime): Vector3 {
  const { vx, vy, vz } = HelioState(Body.Earth, time);
  return [vx / LIGHT_AU_PER_DAY, vy / LIGHT_AU_PER_DAY, vz / LIGHT_AU_PER_DAY];
}

/** Local apparent sidereal time as an angle, 0 to 360 deg. */
export function localSiderealDeg(site: Site, timeMs: number): number {
  return normalizeDeg(SiderealTime(skyTime(timeMs)) * 15 + site.longitudeDeg);
}
