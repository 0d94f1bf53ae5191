// Right ascension and declination as people write them: 05:34:31.97 +22:00:52.1.
import { normalizeRa } from './equatorial.js';

/** How an angle is written. */
export interface SexagesimalOptions {
  /** Digits after the point of the seconds, 0 to 6. */
  decimals?: number;
  /** Between hours or degrees, minutes and seconds. @defaultValue `:` */
  separator?: string;
}

/** 0.01 s of right ascension is 0.15 arcsec, as fine as any telescope of ours points. */
const RA_DECIMALS = 2;
const DEC_DECIMALS = 1;

/** A right ascension as `hh:mm:ss.ss`; 24 h, also by rounding, is written 00:00:00.00. */
export function formatRa(raDeg: number, options: SexagesimalOptions = {}): string {
  const { decimals = RA_DECIMALS, separator = ':' } = options;
  const unitsPerHour = 3600 * 10 ** decimals;
  const units = Math.round((normalizeRa(raDeg) / 15) * unitsPerHour) % (24 * unitsPerHour);
  return fields(units, decimals, separator);
}

/** A declination, altitude or latitude as `+dd:mm:ss.s`; the sign stays when the degrees are zero. */
export function formatDec(decDeg: number, options: SexagesimalOptions = {}): string {
  const { decimals = DEC_DECIMALS, separator = ':' } = options;
  const units = Math.round(Math.abs(decDeg) * 3600 * 10 ** decimals);
  const sign = decDeg < 0 && units > 0 ? '-' : '+';
  return sign + fields(units, decimals, separator);
}

/** Rounded once, as a whole number of the smallest unit, so that no field can come out as 60. */
function fields(units: number, decimals: number, separator: string): string {
  const perSecond = 10 ** decimals;
  const seconds = Math.floor(units / perSecond);
  const whole = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const text = whole.map((field) => String(field).padStart(2, '0')).join(separator);
  return decimals === 0 ? text : `${text}.${String(units % perSecond).padStart(decimals, '0')}`;
}
