// A VOEvent, moved into tonight's sky: an old burst has set and faded.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/index.js';
import { durationMs, type ObservingLimits } from '../../src/observatory/index.js';
import {
  type Equatorial,
  equatorialFromHorizontal,
  type Site,
  separationDeg,
  visibility,
} from '../../src/sky/index.js';
import { interpret, parseVOEvent, type TransientNotice } from '../../src/voevent/index.js';
import { CommandFailure } from '../errors.js';

/** An alert to send, and what was changed in it. */
export interface MovedAlert {
  bytes: Buffer;
  ivorn: string;
  target: Equatorial;
  changes: string[];
}

/** Where and when somebody observes. */
export interface Tonight {
  site: Site;
  limits: ObservingLimits;
  /** The observatory's time, in ms UTC. */
  nowMs: number;
}

/** How an alert is moved. */
export interface MoveOptions {
  /** What is added to its IVORN, so that it is another event. @defaultValue nothing */
  suffix?: string;
  /** Puts it at a place of its own, by this number, even when it is up; 0 leaves it there. @defaultValue 0 */
  place?: number;
}

/** Where a target is put that is not up: well above the limits, for the rest of a sequence. */
const GOOD_PLACE = { altitudeDeg: 60, azimuthDeg: 120 };
/** Between the places of several alerts. */
const PLACE_STEP_DEG = 17;
/** A burst triggers about so long before its alert arrives. */
const TRIGGER_BEFORE_MS = 20_000;
/** A target must be up for a sequence like this one. */
const SEQUENCE = [{ detector: 'VIS' as const, plans: [{ filter: 'r', exposureS: 60, count: 10 }] }];
/** A moved event is read again, and must say what was written: so exactly at least. */
const TOLERANCE_DEG = 1e-4;

/** The param by which the packets of one transient are joined. */
const EVENT_NAME =
  /<(\w+:)?Param\b[^>]*\sname\s*=\s*["'](TrigID|GraceID|Burst_Id|AMON_ID|event_id)["'][^>]*>/g;

/** The file of the bundled alert: a real position notice of Swift's Burst Alert Telescope. */
export const ALERT_FILE = join(packageRoot, 'scripts', 'demo', 'alert.xml');

/**
 * The bundled alert at `nowMs`.
 * @param number - distinguishes several: each gets an IVORN and, when it is moved, a place of its own
 */
export function movedAlert(site: Site, limits: ObservingLimits, nowMs: number, number = 0): MovedAlert {
  const suffix = number > 0 ? `-${number}` : '';
  return movedTo({ site, limits, nowMs }, readFileSync(ALERT_FILE), { suffix, place: number });
}

/**
 * A VOEvent as if it had happened just now, at a place that is up.
 * @throws VOEventError when it is none; CommandFailure `NOT_MOVABLE` when it has no position, or one that cannot be
 * replaced by RA and Dec
 */
export function movedTo(
  tonight: Tonight,
  original: Buffer,
  { suffix = '', place = 0 }: MoveOptions = {},
): MovedAlert {
  const notice = interpret(parseVOEvent(original));
  if (!notice.position) throw notMovable(notice, 'it has no position');
  const target = isUp(tonight, notice.position) && place === 0 ? undefined : goodPlace(tonight, place);
  const bytes = rewritten(original, suffix, target, tonight.nowMs - TRIGGER_BEFORE_MS);
  const moved = interpret(parseVOEvent(bytes));
  const ivorn = `${notice.ivorn}${suffix}`;
  if (moved.ivorn !== ivorn) throw notMovable(notice, 'its IVORN cannot be changed');
  if (!moved.position || separationDeg(moved.position, target ?? notice.position) > TOLERANCE_DEG)
    throw notMovable(notice, 'its position is not written as RA and Dec in degrees');
  const changes = changesOf(notice, moved, target !== undefined, tonight.nowMs);
  return { bytes, ivorn, target: target ?? notice.position, changes };
}

function isUp({ site, limits, nowMs }: Tonight, target: Equatorial): boolean {
  const endMs = nowMs + durationMs({ id: '-', target, albums: SEQUENCE });
  const window = visibility(site, target, nowMs, endMs, limits);
  return window !== undefined && window.startMs <= nowMs && window.endMs >= endMs;
}

function goodPlace({ site, nowMs }: Tonight, place: number): Equatorial {
  const { altitudeDeg, azimuthDeg } = GOOD_PLACE;
  return equatorialFromHorizontal(
    site,
    { altitudeDeg, azimuthDeg: azimuthDeg + PLACE_STEP_DEG * place },
    nowMs,
  );
}

/** Only what must be changed: all else stays, byte by byte. */
function rewritten(
  original: Buffer,
  suffix: string,
  target: Equatorial | undefined,
  triggerMs: number,
): Buffer {
  // One byte is one character, whatever the encoding is.
  const text = original
    .toString('latin1')
    .replace(/(\sivorn\s*=\s*)(["'])(.*?)\2/, `$1$2$3${suffix}$2`)
    .replace(EVENT_NAME, (param) =>
      param.replace(/(\svalue\s*=\s*)(["'])(.*?)\2/, `$1$2$3${digits(suffix)}$2`),
    )
    .replace(/<(\w+:)?ObservationLocation\b.*?<\/(\w+:)?ObservationLocation\s*>/s, (place) => {
      const timed = withText(place, 'ISOTime', isoText(triggerMs));
      if (!target) return timed;
      return withText(withText(timed, 'C1', target.raDeg.toFixed(6)), 'C2', target.decDeg.toFixed(6));
    });
  return Buffer.from(text, 'latin1');
}

/** A trigger's number stays a number. */
function digits(suffix: string): string {
  return suffix.replace(/\D/g, '').slice(-9);
}

function withText(xml: string, element: string, text: string): string {
  return xml.replace(new RegExp(`(<(?:\\w+:)?${element}\\b[^>]*>)[^<]*(<)`), `$1${text}$2`);
}

/** As somebody who reads the moved event will see it. */
function changesOf(
  before: TransientNotice,
  { ivorn, position, triggerTimeMs }: TransientNotice,
  isElsewhere: boolean,
  nowMs: number,
): string[] {
  const changes: string[] = [];
  if (isElsewhere && position) {
    const place = `RA ${position.raDeg.toFixed(4)} Dec ${position.decDeg.toFixed(4)} deg`;
    changes.push(`its position is moved to ${place}, which is up tonight`);
  }
  if (triggerTimeMs !== undefined) {
    const ago = `${Math.round((nowMs - triggerTimeMs) / 1000)} s ago`;
    changes.push(`its trigger time is moved to ${isoText(triggerTimeMs)}, ${ago}`);
  }
  if (ivorn !== before.ivorn) changes.push(`its IVORN is ${ivorn}`);
  return changes;
}

function notMovable({ ivorn }: TransientNotice, reason: string): CommandFailure {
  return new CommandFailure('NOT_MOVABLE', `${ivorn} cannot be moved into tonight's sky: ${reason}`);
}

function isoText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, -1);
}
