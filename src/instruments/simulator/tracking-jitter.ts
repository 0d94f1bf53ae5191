// How a simulated mount strays while it tracks: slow waves as of gears, the same for the same seed and time.
import { type Equatorial, TanProjection } from '../../sky/index.js';
import { Random } from './random.js';

/** Periods without a common multiple, so that it does not look periodic. */
const PERIODS_S = [479, 97.3, 13.1];

const ARCSEC_PER_DEG = 3600;

/** A slow wander of given size. */
export class TrackingJitter {
  readonly #phases: { x: number; y: number; periodS: number }[];

  /** @param rmsArcsec - distance from the target, root mean square; at most 2.5 times as much */
  constructor(
    seed: number,
    private readonly rmsArcsec: number,
  ) {
    const random = new Random(seed);
    this.#phases = PERIODS_S.map((periodS) => ({ x: random.uniform(), y: random.uniform(), periodS }));
  }

  /** Where the mount points when it tracks a target. */
  around(target: Equatorial, timeMs: number): Equatorial {
    if (this.rmsArcsec === 0) return target;
    // Each of the two coordinates is the sum of three sines, of which each has a mean square of a half.
    const amplitudeDeg = this.rmsArcsec / Math.sqrt(PERIODS_S.length) / ARCSEC_PER_DEG;
    let [xiDeg, etaDeg] = [0, 0];
    for (const { x, y, periodS } of this.#phases) {
      const turns = timeMs / 1000 / periodS;
      xiDeg += amplitudeDeg * Math.sin(2 * Math.PI * (turns + x));
      etaDeg += amplitudeDeg * Math.sin(2 * Math.PI * (turns + y));
    }
    return new TanProjection(target).unproject({ xiDeg, etaDeg });
  }
}
