// A place in the night for each sequence: when its target is up, the Sun down, and the telescope free.
import { horizontal, type Site, sunAltitude, type VisibilityWindow, visibility } from '../sky/index.js';
import type { ObservationRequest, ScheduledSequence, Sequence } from './model.js';

/** What limits observing at a site. */
export interface ObservingLimits {
  minAltitudeDeg: number;
  maxSunAltitudeDeg: number;
}

/** A place, or why there is none. */
export type Placement = { startMs: number; endMs: number } | { refused: string };

/** Time that a telescope needs to get to a target, at most. */
const SLEW_S = 60;
/** Time from the end of an exposure to the begin of the next. */
const READOUT_S = 2;
/** How far ahead a place is looked for. */
const HORIZON_MS = 24 * 3_600_000;

/** How long a sequence takes, at most, in ms. Albums run side by side. */
export function durationMs(sequence: Sequence): number {
  const seconds = sequence.albums.map(({ plans }) =>
    plans.reduce((sum, { exposureS, count }) => sum + count * (exposureS + READOUT_S), 0),
  );
  return (SLEW_S + Math.max(...seconds)) * 1000;
}

/**
 * Finds the first time at which a sequence can be observed.
 * @param taken - places that are given already
 */
export function place(
  site: Site,
  limits: ObservingLimits,
  sequence: Sequence,
  nowMs: number,
  taken: readonly { startMs: number; endMs: number }[],
): Placement {
  const neededMs = durationMs(sequence);
  const busy = [...taken].sort((a, b) => a.startMs - b.startMs);
  const endMs = nowMs + HORIZON_MS;
  let wasUp = false;
  for (let fromMs = nowMs; fromMs < endMs; ) {
    const window = visibility(site, sequence.target, fromMs, endMs, limits);
    if (!window) break;
    wasUp = true;
    const startMs = firstGap(window, neededMs, busy);
    if (startMs !== undefined) return { startMs, endMs: startMs + neededMs };
    fromMs = window.endMs + 60_000;
  }
  return {
    refused: wasUp
      ? `it is up for less than the ${Math.round(neededMs / 1000)} s that it needs`
      : whyNever(site, limits, sequence, nowMs),
  };
}

/** Places all sequences of a request. Those that have no place are named with their reason. */
export function placeRequest(
  site: Site,
  limits: ObservingLimits,
  request: ObservationRequest,
  nowMs: number,
  taken: readonly ScheduledSequence[],
): { placed: ScheduledSequence[]; refused: { sequence: string; reason: string }[] } {
  const placed: ScheduledSequence[] = [];
  const refused: { sequence: string; reason: string }[] = [];
  for (const sequence of request.sequences) {
    const placement = place(site, limits, sequence, nowMs, [...taken, ...placed]);
    if ('refused' in placement) {
      refused.push({ sequence: sequence.id, reason: placement.refused });
      continue;
    }
    const { id, name, priority, alert } = request;
    placed.push({ sequence, requestId: id, name, priority, ...(alert && { alert }), ...placement });
  }
  return { placed, refused };
}

function firstGap(
  window: VisibilityWindow,
  neededMs: number,
  busy: readonly { startMs: number; endMs: number }[],
): number | undefined {
  let startMs = window.startMs;
  for (const other of busy) {
    if (other.endMs <= startMs) continue;
    if (other.startMs >= startMs + neededMs) break;
    startMs = other.endMs;
  }
  return startMs + neededMs <= window.endMs ? startMs : undefined;
}

function whyNever(
  site: Site,
  { minAltitudeDeg, maxSunAltitudeDeg }: ObservingLimits,
  { target }: Sequence,
  nowMs: number,
): string {
  const anySun = visibility(site, target, nowMs, nowMs + HORIZON_MS, {
    minAltitudeDeg,
    maxSunAltitudeDeg: 90,
  });
  const altitudeDeg = horizontal(site, target, nowMs).altitudeDeg.toFixed(1);
  if (!anySun) return `it does not rise above ${minAltitudeDeg} deg within a day (now at ${altitudeDeg} deg)`;
  const sunDeg = sunAltitude(site, nowMs).toFixed(1);
  return `it is up by day only: the Sun is above ${maxSunAltitudeDeg} deg whenever it is high enough (Sun now at ${sunDeg} deg)`;
}
