// Numbers as INDI writes them: decimal, or sexagesimal with colons, blanks or semicolons.

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const FIELDS = /^([+-]?)(\d+(?:\.\d*)?)[:; ]+(\d+(?:\.\d*)?)(?:[:; ]+(\d+(?:\.\d*)?))?$/;

/** Longer ones are no numbers. */
const MAX_LENGTH = 64;

/**
 * The value of a number's text: `-00:30:00`, `-0 30.0` and `-0.5` are the same.
 * @returns NaN for what is none
 */
export function parseIndiNumber(text: string): number {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LENGTH) return Number.NaN;
  if (DECIMAL.test(trimmed)) return Number(trimmed);
  const fields = FIELDS.exec(trimmed);
  if (!fields) return Number.NaN;
  const [, sign, whole, minutes, seconds = '0'] = fields;
  const size = Number(whole) + Number(minutes) / 60 + Number(seconds) / 3600;
  return sign === '-' ? -size : size;
}
