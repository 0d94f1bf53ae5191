// Times as VOEvents write them, to ms UTC: with or without a zone, in UTC, TT, TDB, TAI or GPS.

const ISO_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/;

/** TAI - UTC in seconds since a date in UTC (IERS Bulletin C; none announced since). Newest first. */
const LEAP_SECONDS: readonly (readonly [sinceMs: number, taiMinusUtcS: number])[] = [
  [Date.UTC(2017, 0, 1), 37],
  [Date.UTC(2015, 6, 1), 36],
  [Date.UTC(2012, 6, 1), 35],
  [Date.UTC(2009, 0, 1), 34],
  [Date.UTC(2006, 0, 1), 33],
  [Date.UTC(1999, 0, 1), 32],
];

/** Of times before the table. */
const OLDEST_LEAP_S = 32;

/** Scale minus TAI in seconds. TDB differs from TT by 2 ms at most. */
const SCALE_MINUS_TAI_S: ReadonlyMap<string, number> = new Map([
  ['TAI', 0],
  ['TT', 32.184],
  ['TDB', 32.184],
  ['GPS', -19],
]);

/**
 * A time such as `2026-02-11T19:24:23.604`, in ms UTC.
 * @param scale `TT`, `TDB`, `TAI` or `GPS`; any other is taken for UTC. Before 1999 these are off by the leap
 * seconds of that year.
 * @returns `undefined` when it is no time or an impossible one (30 February)
 */
export function parseIsoTime(text: string, scale = 'UTC'): number | undefined {
  const match = ISO_TIME.exec(text.trim());
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const dayMs = dayOf(year ?? 0, month ?? 0, day ?? 0);
  const clockMs = timeOfDay(hour ?? 0, minute ?? 0, (second ?? 0) + Number(match[7] ?? 0));
  if (dayMs === undefined || clockMs === undefined) return undefined;
  const zoneMs = zoneOffset(match[8]);
  return zoneMs === undefined ? undefined : toUtc(dayMs + clockMs - zoneMs, scale);
}

function dayOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

/** The 60th second is a leap second, which only the last minute of a day may have. */
function timeOfDay(hour: number, minute: number, second: number): number | undefined {
  const secondsEnd = hour === 23 && minute === 59 ? 61 : 60;
  if (hour > 23 || minute > 59 || second >= secondsEnd) return undefined;
  return (hour * 60 + minute) * 60_000 + second * 1000;
}

function zoneOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function toUtc(timeMs: number, scale: string): number {
  const minusTaiS = SCALE_MINUS_TAI_S.get(scale);
  if (minusTaiS === undefined) return timeMs;
  const leapS = LEAP_SECONDS.find(([sinceMs]) => timeMs >= sinceMs)?.[1] ?? OLDEST_LEAP_S;
  return timeMs - (leapS + minusTaiS) * 1000;
}
