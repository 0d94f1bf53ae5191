// Degrees, radians and unit vectors: the arithmetic under the coordinates of this room.

/** Radians in one degree. */
export const RAD_PER_DEG = Math.PI / 180;

/** A direction or a velocity in right-handed Cartesian axes. */
export type Vector3 = readonly [x: number, y: number, z: number];

/** An angle brought into 0 (included) to 360 (excluded) degrees. */
export function normalizeDeg(angleDeg: number): number {
  const restDeg = angleDeg % 360;
  // A tiny negative angle plus 360 rounds to 360 itself, hence the second remainder.
  return restDeg < 0 ? (restDeg + 360) % 360 : restDeg + 0;
}

/** An angle brought into -180 (excluded) to 180 (included) degrees: the short way round. */
export function wrapDeg(angleDeg: number): number {
  const turnDeg = normalizeDeg(angleDeg);
  return turnDeg > 180 ? turnDeg - 360 : turnDeg;
}

/** The unit vector of a longitude and a latitude: x towards (0, 0), z towards the pole. */
export function directionOf(longitudeDeg: number, latitudeDeg: number): Vector3 {
  const longitude = longitudeDeg * RAD_PER_DEG;
  const latitude = latitudeDeg * RAD_PER_DEG;
  const cosLatitude = Math.cos(latitude);
  return [cosLatitude * Math.cos(longitude), cosLatitude * Math.sin(longitude), Math.sin(latitude)];
}

/** Longitude (0 to 360 deg) of a vector of any length. */
export function longitudeOf([x, y]: Vector3): number {
  return normalizeDeg(Math.atan2(y, x) / RAD_PER_DEG);
}

/** Latitude (-90 to 90 deg) of a vector of any length; exact at the poles too, where an arc sine is not. */
export function latitudeOf([x, y, z]: Vector3): number {
  return Math.atan2(z, Math.hypot(x, y)) / RAD_PER_DEG;
}
