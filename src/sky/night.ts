// The name of a night.
import type { Site } from './site.js';

const MS_PER_HOUR = 3_600_000;
const DEG_PER_HOUR = 15;

/**
 * The night to which a time belongs, as `YYYYMMDD`: the date at the site when the last local noon passed, by mean
 * solar time. It is the same from noon to noon, at every longitude, whatever the civil time zone.
 */
export function nightOf(site: Site, timeMs: number): string {
  const meanSolarMs = timeMs + (site.longitudeDeg / DEG_PER_HOUR) * MS_PER_HOUR;
  const date = new Date(meanSolarMs - 12 * MS_PER_HOUR).toISOString();
  return date.slice(0, 10).replaceAll('-', '');
}
