// Where an INDI mount points: of the equator of date and in hours there, ICRS and in degrees here.
import {
  apparentFromIcrs,
  type Equatorial,
  icrsFromApparent,
  normalizeDeg,
  separationDeg,
} from '../../sky/index.js';
import type { PierSide } from '../drivers/telescope-driver.js';
import { outOfRange } from '../errors.js';
import type { IndiVector } from './vector.js';

export const DEG_PER_HOUR = 15;
export const ARCSEC_PER_DEG = 3600;

/** @throws InstrumentError `INVALID_VALUE` */
export function checkTarget({ raDeg, decDeg }: Equatorial): void {
  if (!(raDeg >= 0 && raDeg < 360)) throw outOfRange('the right ascension', raDeg, 'from 0 to below 360 deg');
  if (!(decDeg >= -90 && decDeg <= 90)) throw outOfRange('the declination', decDeg, 'from -90 to 90 deg');
}

/** What a mount is told. */
export function ofDate(target: Equatorial, timeMs: number): { RA: number; DEC: number } {
  const { raDeg, decDeg } = apparentFromIcrs(target, timeMs);
  return { RA: raDeg / DEG_PER_HOUR, DEC: decDeg };
}

/** What a mount says; `undefined` when it does not say it in numbers. */
export function pointingOf(vector: IndiVector | undefined, timeMs: number): Equatorial | undefined {
  const [ra, dec] = [vector?.number('RA'), vector?.number('DEC')];
  if (ra === undefined || dec === undefined) return undefined;
  return icrsFromApparent({ raDeg: normalizeDeg(ra * DEG_PER_HOUR), decDeg: dec }, timeMs);
}

/** On which side of its pier a mount is; `undefined` when it does not say. */
export function pierSideOf(vector: IndiVector | undefined): PierSide | undefined {
  const on = vector?.switchedOn;
  return on === 'PIER_EAST' ? 'EAST' : on === 'PIER_WEST' ? 'WEST' : undefined;
}

/** How far what a mount says is from a target. */
export function offArcsec(vector: IndiVector, target: Equatorial, timeMs: number): number {
  const pointing = pointingOf(vector, timeMs);
  return pointing ? separationDeg(pointing, target) * ARCSEC_PER_DEG : Number.POSITIVE_INFINITY;
}

/** When a mount will be there, from how fast it comes nearer. */
export class Approach {
  /** Until it is there; 0 when that is not known. */
  etaMs = 0;
  #last: { atMs: number; offArcsec: number } | undefined;

  /** It is so far off now; infinitely when it does not move. */
  look(atMs: number, offNowArcsec: number): void {
    const before = this.#last;
    const isMoving = Number.isFinite(offNowArcsec);
    this.#last = isMoving ? { atMs, offArcsec: offNowArcsec } : undefined;
    if (!isMoving) this.etaMs = 0;
    else if (before && before.offArcsec > offNowArcsec) {
      this.etaMs = (offNowArcsec / (before.offArcsec - offNowArcsec)) * (atMs - before.atMs);
    }
  }
}
