// Where the Sun and the Moon stand, and how much of the Moon is lit.
import { type AstroTime, Body, Equator, Horizon, Illumination } from 'astronomy-engine';
import type { Equatorial } from './equatorial.js';
import type { Horizontal } from './horizon-frame.js';
import type { Site } from './site.js';
import { observerAt, skyTime } from './sky-time.js';

/** A body of the solar system as seen from a site: true altitude of its centre, ICRS position. */
export interface BodyPosition extends Horizontal, Equatorial {}

/** The Moon. */
export interface MoonPosition extends BodyPosition {
  /** Lit part of the disc, 0 (new) to 1 (full). */
  illumination: number;
}

/** The Sun, within a few arcsec. */
export function sun(site: Site, timeMs: number): BodyPosition {
  return bodyPosition(Body.Sun, site, skyTime(timeMs));
}

/** True altitude of the Sun's centre in degrees; sunrise and sunset are at about -0.83. */
export function sunAltitude(site: Site, timeMs: number): number {
  const time = skyTime(timeMs);
  const observer = observerAt(site);
  const { ra, dec } = Equator(Body.Sun, time, observer, true, true);
  return Horizon(time, observer, ra, dec).altitude;
}

/** The Moon, as seen from the site (its parallax is up to 1 deg), within 10 arcsec. */
export function moon(site: Site, timeMs: number): MoonPosition {
  const time = skyTime(timeMs);
  const { phase_fraction } = Illumination(Body.Moon, time);
  return { ...bodyPosition(Body.Moon, site, time), illumination: phase_fraction };
}

function bodyPosition(body: Body, site: Site, time: AstroTime): BodyPosition {
  const observer = observerAt(site);
  const ofDate = Equator(body, time, observer, true, true);
  const { altitude, azimuth } = Horizon(time, observer, ofDate.ra, ofDate.dec);
  const j2000 = Equator(body, time, observer, false, false);
  return { altitudeDeg: altitude, azimuthDeg: azimuth, raDeg: j2000.ra * 15, decDeg: j2000.dec };
}
