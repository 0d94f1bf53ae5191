// From an alert to what to observe: the strategies of the INI file.
import { spanText } from '../clock/index.js';
import type { StrategyEntry } from '../config/index.js';
import { separationDeg } from '../sky/index.js';
import type { SkyPosition, TransientNotice } from '../voevent/index.js';
import type { Album, Alert, ObservationRequest } from './model.js';

/** What the observatory does about an alert, and why. */
export type Decision =
  | { request: ObservationRequest; reason: string }
  | { request?: undefined; reason: string };

/** What the observatory knows of a transient before a packet. */
export interface Past {
  /** Some packet has told of it. */
  readonly isKnown: boolean;
  /** The IVORN of the packet that took it back. */
  readonly retractedBy?: string;
  /** The position for which it was requested. */
  readonly requested?: SkyPosition;
}

export const NO_PAST: Past = Object.freeze({ isKnown: false });

/** What is known of the alert besides its content. */
export interface AlertOrigin {
  /** Digest of the packet; requests and sequences are named after it, so that a repetition bears the same names. */
  id: string;
  receivedMs: number;
  /** IVORN of this observatory's broker: events of our own begin with it. */
  localIvorn?: string;
}

/**
 * Reads a notice and says what to do: only an observation with a position that is no retraction may move the
 * telescope, and for a transient that was requested already only one that places it better.
 */
export function decide(
  notice: TransientNotice,
  origin: AlertOrigin,
  strategies: readonly StrategyEntry[],
  past: Past = NO_PAST,
): Decision {
  const { position, ivorn } = notice;
  const never = whyNever(notice, past, origin);
  if (never !== undefined) return { reason: never };
  if (!position) return { reason: whyNoPosition(notice) };
  const strategy = chooseStrategy(notice, strategies, past);
  if (!strategy) return { reason: `no strategy is for ${describe(notice, past)}` };
  const refusal = whyNot(notice, position, origin, strategy) ?? whyNotAgain(position, past);
  if (refusal !== undefined) return { reason: refusal };
  const { errorDeg } = position;
  const alert: Alert = {
    ivorn,
    raDeg: position.raDeg,
    decDeg: position.decDeg,
    receivedMs: origin.receivedMs,
    ...(errorDeg !== undefined && { errorDeg }),
    ...(notice.triggerTimeMs !== undefined && { triggerMs: notice.triggerTimeMs }),
  };
  return { request: makeRequest(alert, origin, strategy), reason: `strategy ${strategy.name}` };
}

function whyNever(
  { ivorn, role, isRetraction, notATarget }: TransientNotice,
  past: Past,
  { localIvorn }: AlertOrigin,
): string | undefined {
  if (role !== 'observation') return `its role is ${role}: only an observation may move the telescope`;
  // It tells of what was observed, often with a better position, and comes back from the brokers that it was sent to.
  if (localIvorn !== undefined && ivorn.startsWith(`${localIvorn}#`)) return 'it is an event of our own';
  if (isRetraction) return 'it retracts an event';
  if (past.retractedBy !== undefined) return `it was retracted by ${past.retractedBy}`;
  return notATarget;
}

function whyNoPosition({ skyMapUrl, doubts }: TransientNotice): string {
  const map = skyMapUrl === undefined ? '' : '; it has a sky map';
  const doubt = doubts.length > 0 ? ` (${doubts.join('; ')})` : '';
  return `it bears no position${map}${doubt}`;
}

function describe({ stream, packetType }: TransientNotice, past: Past): string {
  const kind = packetType === undefined ? '' : `, ${packetType}`;
  return `${stream}${kind}${past.isKnown ? ', of a transient that is known' : ''}`;
}

function whyNot(
  { importance, triggerTimeMs, expiresMs }: TransientNotice,
  { errorDeg }: SkyPosition,
  { receivedMs }: AlertOrigin,
  strategy: StrategyEntry,
): string | undefined {
  const { name, maxError, minImportance, maxAge } = strategy;
  if (errorDeg !== undefined && errorDeg > maxError)
    return `its error radius of ${errorDeg} deg is above ${maxError} deg of strategy ${name}`;
  if (importance !== undefined && importance < minImportance)
    return `its importance of ${importance} is below ${minImportance} of strategy ${name}`;
  const ageMs = triggerTimeMs === undefined ? 0 : receivedMs - triggerTimeMs;
  if (maxAge !== undefined && ageMs > maxAge)
    return `its trigger was ${spanText(ageMs)} ago, more than ${spanText(maxAge)} of strategy ${name}`;
  if (expiresMs !== undefined && expiresMs < receivedMs) return 'it has expired by its own words';
  return undefined;
}

/** An error radius must shrink to this part to be worth another slew, unless the position leaves the old circle. */
const BETTER = 0.5;

function whyNotAgain(position: SkyPosition, { requested }: Past): string | undefined {
  if (!requested) return undefined;
  const before = requested.errorDeg ?? 0;
  const movedDeg = separationDeg(position, requested);
  if (movedDeg > before) return undefined;
  if (position.errorDeg !== undefined && position.errorDeg < before * BETTER) return undefined;
  return `the transient was requested already, and this places it no better (${movedDeg.toFixed(4)} deg away)`;
}

/**
 * The strategy for a notice: of those that are for its kind of packet the one whose stream is the longest beginning of
 * its IVORN; `*` fits all. Of two with one stream, one that names kinds of packets comes first.
 */
export function chooseStrategy(
  notice: Pick<TransientNotice, 'ivorn' | 'packetType' | 'packetNumber' | 'relation'>,
  strategies: readonly StrategyEntry[],
  past: Past = NO_PAST,
): StrategyEntry | undefined {
  const relation = past.isKnown ? 'update' : notice.relation;
  const ranked = strategies.flatMap((strategy) => {
    const { relations, packetTypes } = strategy;
    if (!relations.some((one) => one === relation) || !isOfKind(notice, packetTypes)) return [];
    const length = longestStream(notice.ivorn, strategy.streams);
    return length === undefined ? [] : [{ strategy, rank: 2 * length + Math.min(1, packetTypes.length) }];
  });
  return ranked.sort((a, b) => b.rank - a.rank)[0]?.strategy;
}

function isOfKind(
  { packetType, packetNumber }: Pick<TransientNotice, 'packetType' | 'packetNumber'>,
  kinds: readonly string[],
): boolean {
  return kinds.length === 0 || kinds.some((kind) => kind === packetType || kind === String(packetNumber));
}

function longestStream(ivorn: string, streams: readonly string[]): number | undefined {
  const fitting = streams.filter((stream) => stream === '*' || ivorn.startsWith(stream));
  if (fitting.length === 0) return undefined;
  return Math.max(...fitting.map((stream) => (stream === '*' ? 0 : stream.length)));
}

function makeRequest(alert: Alert, { id }: AlertOrigin, strategy: StrategyEntry): ObservationRequest {
  const name = alert.ivorn.slice(alert.ivorn.indexOf('#') + 1) || alert.ivorn;
  const shortId = id.slice(0, 12);
  const target = { raDeg: alert.raDeg, decDeg: alert.decDeg };
  return {
    id: shortId,
    name: name.slice(0, 200),
    priority: strategy.priority,
    strategy: strategy.name,
    alert,
    sequences: [{ id: `${shortId}-1`, target, albums: albumsOf(strategy) }],
  };
}

function albumsOf(strategy: StrategyEntry): Album[] {
  const { filter, exposure, count, nirFilter, nirExposure, nirCount } = strategy;
  const visible: Album = { detector: 'VIS', plans: [{ filter, exposureS: exposure / 1000, count }] };
  if (nirExposure === undefined) return [visible];
  const plan = { filter: nirFilter, exposureS: nirExposure / 1000, count: nirCount };
  return [visible, { detector: 'NIR', plans: [plan] }];
}

/** Whether the telescope stands on its target, within `toleranceDeg`. */
export function onTarget(
  pointing: { raDeg: number; decDeg: number },
  target: { raDeg: number; decDeg: number },
  toleranceDeg: number,
): boolean {
  return separationDeg(pointing, target) <= toleranceDeg;
}
