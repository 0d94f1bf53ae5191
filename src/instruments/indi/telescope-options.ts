// What is to be known of a mount at an INDI server, and what holds when it is not said.
import type { Site } from '../../sky/index.js';
import type { IndiDriverOptions } from './driver.js';

/** A mount, and where it stands. */
export interface IndiTelescopeOptions extends IndiDriverOptions {
  site: Site;
  /** Told to the driver when both are given: INDI's simulated camera needs them. */
  apertureMm?: number;
  focalLengthMm?: number;
  /** It is on its target when it is so near. @defaultValue 20 */
  toleranceArcsec?: number;
  /** After it has arrived, until it is looked where it points. @defaultValue 300 */
  settleMs?: number;
  /** For one slew. @defaultValue 180 000 */
  slewMs?: number;
  /** For parking. @defaultValue 180 000 */
  parkMs?: number;
}

export const TOLERANCE_ARCSEC = 20;
export const SETTLE_MS = 300;
export const SLEW_MS = 180_000;
export const PARK_MS = 180_000;
/** For coming to a halt. */
export const STOP_MS = 20_000;

/** Within this most mounts tell where they are, though not all that stand. */
export const LOOK_MS = 1_000;
