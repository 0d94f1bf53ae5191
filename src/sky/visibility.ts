// When a target can be observed.
import type { Equatorial } from './equatorial.js';
import { HorizonFrame } from './horizon-frame.js';
import type { Site } from './site.js';
import { sunAltitude } from './sun-moon.js';

/** What a target needs. */
export interface VisibilityLimits {
  /** Lowest true altitude. @defaultValue 0 */
  minAltitudeDeg?: number;
  /** Highest altitude of the Sun. @defaultValue -12 (end of nautical twilight) */
  maxSunAltitudeDeg?: number;
  /** Distance of the samples; a window shorter than this may be missed. @defaultValue 300 000 */
  stepMs?: number;
}

/** A time in which a target can be observed. */
export interface VisibilityWindow {
  startMs: number;
  endMs: number;
  /** The highest of the sampled altitudes. */
  maxAltitudeDeg: number;
}

const DEFAULT_STEP_MS = 300_000;
const NAUTICAL_TWILIGHT_DEG = -12;

/** Rising and setting are found to this. */
const EDGE_PRECISION_MS = 500;

/**
 * The first window between `fromMs` and `toMs` (included) in which the target is high and the Sun low enough.
 * @returns `undefined` when there is none
 */
export function visibility(
  site: Site,
  target: Equatorial,
  fromMs: number,
  toMs: number,
  limits: VisibilityLimits = {},
): VisibilityWindow | undefined {
  const altitudeIfVisible = visibleAltitude(site, target, limits);
  let window: VisibilityWindow | undefined;
  let lastMs = fromMs;
  for (const timeMs of samples(fromMs, toMs, limits.stepMs ?? DEFAULT_STEP_MS)) {
    const altitudeDeg = altitudeIfVisible(timeMs);
    if (altitudeDeg === undefined) {
      if (window) return { ...window, endMs: edge(altitudeIfVisible, lastMs, timeMs) };
    } else {
      window ??= {
        startMs: edge(altitudeIfVisible, timeMs, lastMs),
        endMs: timeMs,
        maxAltitudeDeg: altitudeDeg,
      };
      window.endMs = timeMs;
      window.maxAltitudeDeg = Math.max(window.maxAltitudeDeg, altitudeDeg);
    }
    lastMs = timeMs;
  }
  return window;
}

type VisibleAltitude = (timeMs: number) => number | undefined;

/** The target's altitude, or `undefined` when it or the Sun forbids observing. */
function visibleAltitude(site: Site, target: Equatorial, limits: VisibilityLimits): VisibleAltitude {
  const { minAltitudeDeg = 0, maxSunAltitudeDeg = NAUTICAL_TWILIGHT_DEG } = limits;
  return (timeMs) => {
    const { altitudeDeg } = new HorizonFrame(site, timeMs).horizontal(target);
    if (altitudeDeg < minAltitudeDeg || sunAltitude(site, timeMs) > maxSunAltitudeDeg) return undefined;
    return altitudeDeg;
  };
}

function* samples(fromMs: number, toMs: number, stepMs: number): Generator<number> {
  if (!(stepMs > 0)) throw new RangeError(`stepMs is ${stepMs}: it must be above 0`);
  for (let timeMs = fromMs; timeMs < toMs; timeMs += stepMs) yield timeMs;
  if (toMs >= fromMs) yield toMs;
}

/** The last visible moment on the way from a visible time to one that is not (either may be the earlier). */
function edge(visible: VisibleAltitude, insideMs: number, outsideMs: number): number {
  let [inMs, outMs] = [insideMs, outsideMs];
  while (Math.abs(outMs - inMs) > EDGE_PRECISION_MS) {
    const middleMs = (inMs + outMs) / 2;
    if (visible(middleMs) === undefined) outMs = middleMs;
    else inMs = middleMs;
  }
  return inMs;
}
