// The site of the configuration.
import type { Config } from '../../config/index.js';
import type { Site } from '../../sky/index.js';

/** The site of `[observatory]`, for instruments. */
export function observingSite({ observatory }: Config): Site {
  const { name, latitude, longitude, altitude } = observatory;
  return { name, latitudeDeg: latitude, longitudeDeg: longitude, altitudeM: altitude };
}
