// Kinds of angles: what a bare number is, what sexagesimal fields are, and how each is written.
import { formatDec, formatRa } from '../../sky/index.js';
import { type Kind, rangeText, rangeWords, rounded } from './kind.js';
import type { SexagesimalValue, Value } from './sentence.js';
import { converted } from './units.js';

const DEG_PER_HOUR = 15;
/** Decimals of an angle in degrees that is written: 0.4 arcsec. */
const DEG_DECIMALS = 4;

/**
 * A right ascension in degrees. Colons and `h` are hours, as everybody writes them; a bare number, `deg` and `d` are
 * degrees, as in VOEvents and FITS.
 */
export const rightAscension: Kind<number> = {
  unit: 'deg',
  brief: '0..360deg',
  expected:
    'a right ascension: 05:34:31.97, 5h34m31.97s or 5.5755h in hours from 0 to below 24, or 83.63 or 83.63deg in degrees from 0 to below 360',
  read: (value) => {
    const raDeg = raOf(value);
    return raDeg !== undefined && raDeg >= 0 && raDeg < 360 ? raDeg + 0 : undefined;
  },
  write: (raDeg) => formatRa(raDeg),
};

/** An angle in degrees, from `leastDeg` to `mostDeg`: a bare number, colons, `d` and every unit of angle. */
export function angle(leastDeg: number, mostDeg: number, decimals = DEG_DECIMALS): Kind<number> {
  return {
    unit: 'deg',
    brief: rangeText(leastDeg, mostDeg, 'deg'),
    expected: `an angle ${rangeWords(leastDeg, mostDeg, 'deg')}, such as 22.5, -00:30:00, 22d00m52s or 30arcmin`,
    read: (value) => {
      const angleDeg = degreesOf(value);
      return angleDeg !== undefined && angleDeg >= leastDeg && angleDeg <= mostDeg ? angleDeg : undefined;
    },
    write: (angleDeg) => `${rounded(angleDeg, decimals)}deg`,
  };
}

/** A declination in degrees. */
export const declination: Kind<number> = { ...angle(-90, 90), write: (decDeg) => formatDec(decDeg) };

function raOf(value: Value): number | undefined {
  if (value.kind === 'sexagesimal')
    return value.style === 'd' ? fieldsOf(value) : fieldsOf(value) * DEG_PER_HOUR;
  if (value.kind !== 'number') return undefined;
  return value.unit === 'h' ? value.value * DEG_PER_HOUR : degreesOf(value);
}

/** Hours are no degrees: `h` is refused here. */
function degreesOf(value: Value): number | undefined {
  if (value.kind === 'sexagesimal') return value.style === 'h' ? undefined : fieldsOf(value);
  if (value.kind !== 'number') return undefined;
  return value.unit === undefined ? value.value : converted(value.value, value.unit, 'deg');
}

/** The sign is that of all fields: -00:30:00 is minus half a degree. */
function fieldsOf({ negative, whole, minutes, seconds = 0 }: SexagesimalValue): number {
  const value = whole + minutes / 60 + seconds / 3600;
  return negative ? -value : value;
}
