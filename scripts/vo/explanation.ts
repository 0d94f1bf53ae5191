// How a packet was read, and what the observatory would do with it, in lines for people.
import { isoTime } from '../../src/clock/index.js';
import type { Config } from '../../src/config/index.js';
import { type Decision, decide } from '../../src/observatory/index.js';
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
  const decision = decide(notice, { id: eventId(bytes), receivedMs: nowMs }, config.strategies);
  return { notice, marks, decision, lines: [...noticeLines(notice, marks), ...decisionLines(decision)] };
}

function noticeLines(notice: TransientNotice, marks: readonly string[]): string[] {
  const { position, triggerTimeMs, expiresMs, errorMeaning } = notice;
  const error = position?.errorDeg === undefined ? 'radius unknown' : `within ${position.errorDeg} deg`;
  const rows: [string, string | number | undefined][] = [
    ['ivorn', notice.ivorn],
    ['role', notice.role],
    ['mission', [notice.mission, notice.instrument].filter(Boolean).join(' ')],
    ['packet', [notice.packetType, notice.packetNumber].filter(Boolean).join(', GCN type ') || undefined],
    ['transient', notice.event],
    ['relation', notice.relation],
    ['trigger', triggerTimeMs === undefined ? undefined : isoTime(triggerTimeMs)],
    [
      'position',
      position &&
        `RA ${position.raDeg.toFixed(4)} Dec ${position.decDeg.toFixed(4)} deg, ${error}${errorMeaning ? ` (${errorMeaning})` : ''}`,
    ],
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

function decisionLines({ request, reason }: Decision): string[] {
  if (!request) return [`decision    it is not observed: ${reason}`];
  const plans = request.sequences.flatMap(({ albums }) => albums.flatMap((album) => album.plans));
  const text = plans
    .map(({ count, exposureS, filter }) => `${count} x ${exposureS} s in ${filter}`)
    .join(', ');
  return [`decision    it is observed by ${reason}, priority ${request.priority}: ${text}`];
}
