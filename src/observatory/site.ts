// The site and its limits, as the configuration has them.
import type { Config } from '../config/index.js';
import type { Site } from '../sky/index.js';
import type { ObservingLimits } from './placing.js';

/** The site of `[observatory]`. */
export function siteOf({ observatory }: Config): Site {
  const { name, latitude, longitude, altitude } = observatory;
  return { name, latitudeDeg: latitude, longitudeDeg: longitude, altitudeM: altitude };
}

/** The limits of `[observatory]`. */
export function limitsOf({ observatory }: Config): ObservingLimits {
  return { minAltitudeDeg: observatory.minAltitude, maxSunAltitudeDeg: observatory.maxSunAltitude };
}
