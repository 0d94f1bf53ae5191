// The bundled VOEvent, moved into tonight's sky: an old burst has set and faded.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/index.js';
import { durationMs, type ObservingLimits } from '../../src/observatory/index.js';
import { type Equatorial, equatorialFromHorizontal, type Site, visibility } from '../../src/sky/index.js';
import { interpret, parseVOEvent } from '../../src/voevent/index.js';

/** An alert to send, and what was changed in it. */
export interface MovedAlert {
  bytes: Buffer;
  ivorn: string;
  target: Equatorial;
  changes: string[];
}

/** Where a target is put that is not up: well above the limits, for the rest of a sequence. */
const GOOD_PLACE = { altitudeDeg: 60, azimuthDeg: 120 };
/** A burst triggers about so long before its alert arrives. */
const TRIGGER_BEFORE_MS = 20_000;

/** The file of the bundled alert: a real position notice of Swift's Burst Alert Telescope. */
export const ALERT_FILE = join(packageRoot, 'scripts', 'demo', 'alert.xml');

/**
 * The bundled alert at `nowMs`.
 * @param number - distinguishes several: each gets an IVORN and, when it is moved, a place of its own
 */
export function movedAlert(site: Site, limits: ObservingLimits, nowMs: number, number = 0): MovedAlert {
  const text = readFileSync(ALERT_FILE, 'utf8');
  const notice = interpret(parseVOEvent(Buffer.from(text)));
  const changes: string[] = [];
  let target: Equatorial = notice.position ?? { raDeg: 0, decDeg: 0 };
  const neededMs = durationMs({
    id: '-',
    target,
    albums: [{ detector: 'VIS', plans: [{ filter: 'r', exposureS: 60, count: 10 }] }],
  });
  const window = visibility(site, target, nowMs, nowMs + neededMs, limits);
  if (number > 0 || !window || window.startMs > nowMs || window.endMs < nowMs + neededMs) {
    const place = { altitudeDeg: GOOD_PLACE.altitudeDeg, azimuthDeg: GOOD_PLACE.azimuthDeg + 17 * number };
    target = equatorialFromHorizontal(site, place, nowMs);
    changes.push(
      `its position is moved to RA ${target.raDeg.toFixed(4)} Dec ${target.decDeg.toFixed(4)} deg, which is up tonight`,
    );
  }
  const trigger = new Date(nowMs - TRIGGER_BEFORE_MS).toISOString().slice(0, -1);
  changes.push(`its trigger time is moved to ${trigger}, ${TRIGGER_BEFORE_MS / 1000} s ago`);
  const ivorn = number > 0 ? `${notice.ivorn}-${number}` : notice.ivorn;
  const moved = text
    .replace(notice.ivorn, ivorn)
    .replace(/<C1>[^<]*<\/C1>/, `<C1>${target.raDeg.toFixed(6)}</C1>`)
    .replace(/<C2>[^<]*<\/C2>/, `<C2>${target.decDeg.toFixed(6)}</C2>`)
    .replace(/<ISOTime>[^<]*<\/ISOTime>/, `<ISOTime>${trigger}</ISOTime>`);
  return { bytes: Buffer.from(moved), ivorn, target, changes };
}
