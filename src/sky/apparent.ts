// The apparent place of a star, referred to the equator of date: what mounts call JNOW.
import { Rotation_EQJ_EQD } from 'astronomy-engine';
import { aberrated, unaberrated } from './aberration.js';
import { directionOf, latitudeOf, longitudeOf } from './angles.js';
import type { Equatorial } from './equatorial.js';
import { Rotation } from './rotation.js';
import { earthVelocity, skyTime } from './sky-time.js';

/** ICRS to the true equator and equinox of date, with precession, nutation and aberration. */
export function apparentFromIcrs(target: Equatorial, timeMs: number): Equatorial {
  const time = skyTime(timeMs);
  const seen = aberrated(directionOf(target.raDeg, target.decDeg), earthVelocity(time));
  const ofDate = new Rotation(Rotation_EQJ_EQD(time)).apply(seen);
  return { raDeg: longitudeOf(ofDate), decDeg: latitudeOf(ofDate) };
}

/** The reverse of {@link apparentFromIcrs}. */
export function icrsFromApparent(apparent: Equatorial, timeMs: number): Equatorial {
  const time = skyTime(timeMs);
  const seen = new Rotation(Rotation_EQJ_EQD(time)).undo(directionOf(apparent.raDeg, apparent.decDeg));
  const direction = unaberrated(seen, earthVelocity(time));
  return { raDeg: longitudeOf(direction), decDeg: latitudeOf(direction) };
}
