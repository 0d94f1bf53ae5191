// What a simulated telescope is like.
import type { Horizontal } from '../../sky/index.js';
import type { AxisLimits } from './axis-move.js';

/** Options of a simulated telescope. */
export interface TelescopeModel extends AxisLimits {
  /** From arrival until it points steadily. */
  settleS: number;
  /** Where it rests. */
  park: Horizontal;
  /** The mount reaches down to this. */
  minAltitudeDeg: number;
  /** How far it strays while it tracks, root mean square. */
  jitterArcsec: number;
  /** Of the jitter. */
  seed: number;
}

/** A telescope of the class that follows gamma-ray bursts: anywhere in the sky within half a minute. */
export const DEFAULT_TELESCOPE_MODEL: Readonly<TelescopeModel> = {
  maxSpeedDegPerS: 10,
  accelerationDegPerS2: 5,
  settleS: 1,
  park: { altitudeDeg: 45, azimuthDeg: 180 },
  minAltitudeDeg: 0,
  jitterArcsec: 0.3,
  seed: 1,
};
