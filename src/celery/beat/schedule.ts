// What every schedule can tell.

/** When a periodic task is due. Times are ms UTC. */
export interface Schedule {
  /** As it stands in the INI file; a schedule of another text is another schedule. */
  readonly text: string;
  /** The first time after `afterMs` that it is due. */
  next(afterMs: number): number;
  /** The last time after `afterMs`, and not after `nowMs`, that it is due; `undefined` when there is none. */
  latest(afterMs: number, nowMs: number): number | undefined;
}

const FIRST_LOOK_MS = 60_000;

/**
 * {@link Schedule.latest} of a schedule whose times do not depend on each other: looks back from now in growing
 * steps, so that a year of missed minutes is not gone through.
 */
export function latestOf(
  next: (afterMs: number) => number,
  afterMs: number,
  nowMs: number,
): number | undefined {
  for (let lookMs = FIRST_LOOK_MS; ; lookMs *= 4) {
    const fromMs = Math.max(afterMs, nowMs - lookMs);
    let dueMs = next(fromMs);
    if (dueMs > nowMs) {
      if (fromMs === afterMs) return undefined;
      continue;
    }
    for (let later = next(dueMs); later <= nowMs; later = next(dueMs)) dueMs = later;
    return dueMs;
  }
}
