// Aberration of starlight: the Earth's motion shifts every star by up to 20.5 arcsec.
import type { Vector3 } from './angles.js';

/** The direction in which a star at `direction` (unit vector) is seen from an Earth of `velocity` (of light). */
export function aberrated(direction: Vector3, velocity: Vector3): Vector3 {
  return normalized(sum(direction, velocity, 1));
}

/** The reverse of {@link aberrated}, exactly: the length before normalizing solves a quadratic equation. */
export function unaberrated(seen: Vector3, velocity: Vector3): Vector3 {
  const along = dot(seen, velocity);
  const length = along + Math.sqrt(along * along + 1 - dot(velocity, velocity));
  return normalized(sum([seen[0] * length, seen[1] * length, seen[2] * length], velocity, -1));
}

function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function sum(a: Vector3, b: Vector3, factor: number): Vector3 {
  return [a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]];
}

function normalized(vector: Vector3): Vector3 {
  const length = Math.hypot(...vector);
  return [vector[0] / length, vector[1] / length, vector[2] / length];
}
