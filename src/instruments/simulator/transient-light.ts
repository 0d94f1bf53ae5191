// The light of a simulated transient: it appears at the trigger and fades as one over the time since.
import type { Transient } from '../drivers/camera-driver.js';

/** A bright afterglow: 14th magnitude after a minute, 18.4 after an hour. */
export const DEFAULT_MAGNITUDE_AT_1_MIN = 14;

/** Until so long after the trigger it shines evenly; then it fades. */
const PEAK_S = 10;

const REFERENCE_S = 60;

/**
 * The light of an exposure, as the number of seconds in which a star of the zero point's magnitude gives as much:
 * the integral of the power law between the opening and the closing of the shutter.
 */
export function transientLight(
  transient: Transient,
  startMs: number,
  endMs: number,
  zeroPointMag: number,
): number {
  const magnitude = transient.magnitudeAt1min ?? DEFAULT_MAGNITUDE_AT_1_MIN;
  const atReference = 10 ** (0.4 * (zeroPointMag - magnitude));
  const fromS = Math.max(0, (startMs - transient.triggerTimeMs) / 1000);
  const toS = Math.max(0, (endMs - transient.triggerTimeMs) / 1000);
  const evenS = Math.min(toS, PEAK_S) - Math.min(fromS, PEAK_S);
  const fading = Math.log(Math.max(toS, PEAK_S) / Math.max(fromS, PEAK_S));
  return atReference * REFERENCE_S * (evenS / PEAK_S + fading);
}
