// How a packet was read, and what the observatory would do with it, in lines for people.
import { isoTime, spanText } from '../../src/clock/index.js';
import type { Config } from '../../src/config/index.js';
import { type Decision, decide, limitsOf, placeRequest, siteOf } from '../../src/observatory/index.js';
import { formatDec, formatRa } from '../../src/sky/index.js';
import { eventId, interpret, LENIENT, readVOEvent, type TransientNotice } from '../../src/voevent/index.js';

/** What is told of one packet. */
export interface Explanation {
  readonly notice: TransientNotice;
  readonly marks: readonly string[];
  readonly decision: Decision;
  readonly lines: readonly string[];
}

/**
 * Reads a packet as the broker and the alert manager do; of its history nothing is known here.
 * @throws VOEventError when nobody would take it
 */
export function explain(config: Config, bytes: Uint8Array, nowMs: number): Explanation {
  const { event, marks } = readVOEvent(bytes, {}, LENIENT);
  const notice = interpret(event);
  const { localIvorn } = config.settings('voevent_broker');
  const origin = { id: eventId(bytes), receivedMs: nowMs, localIvorn };
  const decision = decide(notice, origin, config.strategies);
  const lines = [
    ...noticeLines(notice, marks, nowMs),
    ...decisionLines(decision, config),
    ...nightLines(decision, config, nowMs),
  ];
  return { notice, marks, decision, lines };
}

function noticeLines(notice: TransientNotice, marks: readonly string[], nowMs: number): string[] {
  const { triggerTimeMs, expiresMs } = notice;
  const rows: [string, string | number | undefined][] = [
    ['ivorn', notice.ivorn],
    ['role', notice.role],
    ['mission', [notice.mission, notice.instrument].filter(Boolean).join(' ')],
    ['packet', [notice.packetType, notice.packetNumber].filter(Boolean).join(', GCN type ') || undefined],
    ['transient', notice.event],
    ['relation', notice.relation],
    ['trigger', triggerTimeMs === undefined ? undefined : withAge(triggerTimeMs, nowMs)],
    ['position', positionText(notice)],
    ['importance', notice.importance],
    ['expires', expiresMs === undefined ? undefined : isoTime(expiresMs)],
    ['sky map', notice.skyMapUrl],
    ['cites', notice.citedIvorns.join(', ') || undefined],
    ...notice.doubts.map((doubt): [string, string] => ['doubt', doubt]),
    ...marks.map((mark): [string, string] => ['not 2.0', mark]),
    ['no target', notice.notATarget],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(11)} ${value}`]));
}

function positionText({ position, errorMeaning }: TransientNotice): string | undefined {
  if (!position) return undefined;
  const { raDeg, decDeg, errorDeg } = position;
  const meaning = errorMeaning ? ` (${errorMeaning})` : '';
  const error = errorDeg === undefined ? 'radius unknown' : `within ${radiusText(errorDeg)}${meaning}`;
  const sexagesimal = `${formatRa(raDeg)} ${formatDec(decDeg)}`;
  return `RA ${raDeg.toFixed(4)} Dec ${decDeg.toFixed(4)} deg (${sexagesimal}), ${error}`;
}

/** In the unit in which it has at least one digit before the point. */
function radiusText(deg: number): string {
  if (deg >= 1 || deg === 0) return `${rounded(deg)} deg`;
  return deg >= 1 / 60 ? `${rounded(deg * 60)} arcmin` : `${rounded(deg * 3600)} arcsec`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function withAge(timeMs: number, nowMs: number): string {
  const distance = spanText(Math.abs(nowMs - timeMs));
  return `${isoTime(timeMs)}, ${distance} ${timeMs > nowMs ? 'from now' : 'ago'}`;
}

function decisionLines({ request, reason }: Decision, config: Config): string[] {
  if (!request) return [`decision    it is not observed: ${reason}`];
  const plans = request.sequences.flatMap(({ albums }) => albums.flatMap((album) => album.plans));
  const text = plans
    .map(({ count, exposureS, filter }) => `${count} x ${exposureS} s in ${filter}`)
    .join(', ');
  const strategy = config.strategies.find(({ name }) => name === request.strategy);
  const rank = strategy?.interrupt === 'yes' ? ', and may interrupt what ranks lower' : '';
  return [`decision    it is observed by ${reason}, priority ${request.priority}${rank}: ${text}`];
}

/** When the telescope would be sent there, if it had nothing else to do. */
function nightLines({ request }: Decision, config: Config, nowMs: number): string[] {
  if (!request) return [];
  const { placed, refused } = placeRequest(siteOf(config), limitsOf(config), request, nowMs, []);
  return [
    ...placed.map(({ startMs }) =>
      startMs <= nowMs
        ? 'tonight     it is up now'
        : `tonight     it can be observed from ${isoTime(startMs)} on`,
    ),
    ...refused.map((one) => `tonight     it cannot be observed: ${one.reason}`),
  ];
}
