// Times as Python writes them.

const ISO_TIME =
  /^(\d{4})-(\d\d?)-(\d\d?)[Tt \t]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d*))?)?[ \t]*(?:(Z)|([+-])(\d\d?):?(\d\d)?(?::?(\d\d)(?:\.\d+)?)?)?$/;

/**
 * The time of a text such as `2026-11-23T19:21:03.933812+00:00`; without an offset it is UTC, as all of Celery is.
 * Below a millisecond nothing is kept.
 * @returns `undefined` when it is no time
 */
export function dateFromIso(text: string): Date | undefined {
  if (text.length > 64) return undefined;
  const match = ISO_TIME.exec(text);
  if (!match) return undefined;
  const at = (index: number) => Number(match[index] ?? 0);
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const offsetS = (match[9] === '-' ? -1 : 1) * (at(10) * 3600 + at(11) * 60 + at(12));
  const date = utcDate(at(1), at(2), at(3), at(4), at(5), at(6), milliseconds);
  return date && new Date(date.getTime() - offsetS * 1000);
}

/** A time of the calendar, or `undefined` when there is none such, as the 30th of February. */
export function utcDate(
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
  millisecond = 0,
): Date | undefined {
  const date = new Date(0);
  // Date.UTC would take the years 0 to 99 for those after 1900.
  date.setUTCFullYear(year, month - 1, day);
  if (year < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  date.setUTCHours(hour, minute, second, millisecond);
  return date;
}

/** With six decimals: kombu 5.2 and Python before 3.11 take nothing shorter rightly. */
export function pythonIso(date: Date): string {
  return date.toISOString().replace('Z', '000+00:00');
}
