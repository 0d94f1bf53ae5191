// The survey: looks at one field of the sky after the other, and remembers the highest.
import { HorizonFrame, type Site } from '../../src/sky/index.js';
import { type Event, type Lock, Thread } from '../../src/threading/index.js';

/** Places in the shared array. */
export const BEST_RA = 0;
export const BEST_DEC = 1;
export const BEST_ALTITUDE = 2;
export const FIELDS = 3;

/** Distance of the fields, in degrees. */
const STEP_DEG = 1;
/** A pause between rounds, in seconds, which the event cuts short. */
const PAUSE_S = 1;

type Survey = [site: Site, timeMs: number, stop: Event, lock: Lock, best: Float64Array];

/** Runs until `stop` is set. @returns how many fields were looked at */
export class SkySurvey extends Thread<Survey, number> {
  static override readonly module = import.meta.url;

  override run(site: Site, timeMs: number, stop: Event, lock: Lock, best: Float64Array): number {
    const frame = new HorizonFrame(site, timeMs);
    let seen = 0;
    do {
      for (let raDeg = 0; raDeg < 360 && !stop.isSet(); raDeg += STEP_DEG) {
        for (let decDeg = -89; decDeg < 90; decDeg += STEP_DEG) {
          const { altitudeDeg } = frame.horizontal({ raDeg, decDeg });
          seen += 1;
          if (altitudeDeg > (best[BEST_ALTITUDE] ?? 0))
            lock.withLockSync(() => best.set([raDeg, decDeg, altitudeDeg]));
        }
      }
    } while (!stop.waitSync(PAUSE_S));
    return seen;
  }
}
