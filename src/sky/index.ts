// The sky over a site: coordinates, Sun and Moon, visibility, the name of the night. Angles in degrees, UTC in ms.

export * from './airmass.js';
export { normalizeDeg, RAD_PER_DEG, wrapDeg } from './angles.js';
export * from './apparent.js';
export * from './equatorial.js';
export * from './horizon-frame.js';
export * from './horizontal.js';
export * from './night.js';
export * from './sexagesimal.js';
export type { Site } from './site.js';
export { localSiderealDeg } from './sky-time.js';
export * from './sun-moon.js';
export * from './tan-projection.js';
export * from './visibility.js';
