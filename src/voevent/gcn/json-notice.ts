// From a notice in JSON, of GCN's Unified Schema or alike, to a VOEvent: it is stored, matched, sent on and understood as
// all others then. The same notice gives the same bytes.
import { createHash } from 'node:crypto';
import { VOEventError } from '../errors.js';
import { parseIsoTime } from '../iso-time.js';
import type { Param, Role, VOEvent, WhereWhen } from '../model.js';
import { JSON_STREAM } from '../streams/gcn-json.js';
import { writeVOEvent } from '../write.js';

/** Fields that hold whole files; what they hold stays in the original. */
const FILES = new Set(['healpix_file', 'skymap']);
const MAX_PARAMS = 500;
const MAX_VALUE_LENGTH = 2000;
const MAX_DEPTH = 4;

type Json = Readonly<Record<string, unknown>>;

/**
 * Writes a notice as a VOEvent.
 * @throws VOEventError `VOEVENT_NOT_JSON`
 */
export function jsonNoticeToVOEvent(topic: string, bytes: Uint8Array): Buffer {
  const notice = parseNotice(bytes);
  const params = [{ name: 'gcn_topic', value: topic }, ...paramsOf(notice)];
  const date = textOf(notice['alert_datetime'] ?? notice['time_created']);
  const event: VOEvent = {
    ivorn: `${JSON_STREAM}${topic}#${localId(notice, bytes)}`,
    role: roleOf(topic, notice),
    version: '2.0',
    who: {
      authorIvorn: `${JSON_STREAM}${topic}`,
      description: 'Written by PyROS from a notice in JSON',
      ...(isTime(date) && { date: withoutZone(date) }),
    },
    what: { params, groups: [], tables: [] },
    ...whereOf(notice),
    citations: [],
  };
  return writeVOEvent(event);
}

function parseNotice(bytes: Uint8Array): Json {
  let notice: unknown;
  try {
    notice = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new VOEventError('VOEVENT_NOT_JSON', 'the notice is no JSON', { cause });
  }
  if (isObject(notice)) return notice;
  throw new VOEventError('VOEVENT_NOT_JSON', 'the notice is JSON, but no object');
}

/** Names the event for people, and tells two notices of it apart. */
function localId(notice: Json, bytes: Uint8Array): string {
  const name =
    firstOf(notice['id']) ?? firstOf(notice['event_name']) ?? firstOf(notice['superevent_id']) ?? 'notice';
  const readable = name.replace(/[^\w.+-]+/g, '_').slice(0, 100);
  return `${readable}-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
}

/** Only a notice of what is seen in the sky now or was seen there may move a telescope. */
function roleOf(topic: string, notice: Json): Role {
  const tense = textOf(notice['alert_tense']);
  if (tense === 'test' || tense === 'injection' || /\.test$/i.test(topic)) return 'test';
  if (/^(M|MS)S?\d/.test(textOf(notice['superevent_id']) ?? '')) return 'test';
  return tense === 'planned' || tense === 'commanded' ? 'utility' : 'observation';
}

function whereOf(notice: Json): { whereWhen?: WhereWhen } {
  const time = textOf(
    notice['trigger_time'] ?? notice['observation_start'] ?? fieldOf(notice, 'event', 'time'),
  );
  const [ra, dec] = [numberOf(notice['ra']), numberOf(notice['dec'])];
  const error = radiusOf(notice['ra_dec_error']);
  if (!isTime(time) && ra === undefined) return {};
  return {
    whereWhen: {
      coordSystemId: 'UTC-ICRS-GEO',
      units: 'deg',
      ...(isTime(time) && { isoTime: withoutZone(time) }),
      ...(ra !== undefined && dec !== undefined && { c1: ra, c2: dec, names: ['RA', 'Dec'] as const }),
      ...(ra !== undefined && dec !== undefined && error !== undefined && { error2Radius: error }),
    },
  };
}

/** Of an ellipse the longer half axis. */
function radiusOf(error: unknown): number | undefined {
  if (!Array.isArray(error)) return numberOf(error);
  const axes = error.slice(0, 2).map(numberOf);
  return axes.every((axis) => axis !== undefined) && axes.length > 0
    ? Math.max(...(axes as number[]))
    : undefined;
}

/** All that can be said in a word, by the names of the fields; what is nested has a dotted name. */
function paramsOf(notice: Json): Param[] {
  const params: Param[] = [];
  const visit = (value: unknown, name: string, depth: number) => {
    if (params.length >= MAX_PARAMS) return;
    if (isObject(value)) {
      if (depth >= MAX_DEPTH) return;
      for (const [key, inner] of Object.entries(value))
        visit(inner, name === '' ? key : `${name}.${key}`, depth + 1);
      return;
    }
    const text = FILES.has(name.split('.').at(-1) ?? '') ? undefined : valueText(value);
    if (text !== undefined)
      params.push({ name, value: text, ...(typeof value === 'number' && { dataType: 'float' }) });
  };
  visit(notice, '', 0);
  return params;
}

/** Of a list of words, all of them; of `id` and `event_name` the first, which is the one that others know. */
function valueText(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const texts = value.map((one) => (isObject(one) || Array.isArray(one) ? undefined : textOf(one)));
    return texts.every((one) => one !== undefined) ? texts.join(', ').slice(0, MAX_VALUE_LENGTH) : undefined;
  }
  return textOf(value)?.slice(0, MAX_VALUE_LENGTH);
}

function firstOf(value: unknown): string | undefined {
  return textOf(Array.isArray(value) ? value[0] : value);
}

function fieldOf(notice: Json, ...path: string[]): unknown {
  let value: unknown = notice;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return value;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function isTime(text: string | undefined): text is string {
  return text !== undefined && parseIsoTime(text) !== undefined;
}

/** The times of VOEvents are UTC without saying so. */
function withoutZone(text: string): string {
  return new Date(parseIsoTime(text) ?? 0).toISOString().slice(0, -1);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
