// What a VOEvent means for a telescope: where, when, which stream, and whether it takes something back.
import { compact } from './compact.js';
import { quoted } from './errors.js';
import { galacticToEquatorial } from './galactic.js';
import { parseIsoTime } from './iso-time.js';
import { streamOf } from './ivorn.js';
import type { Param, Role, VOEvent, WhereWhen } from './model.js';
import { type ErrorMeaning, jointName, type ParamBook, type Relation } from './streams/facts.js';
import { factsOf } from './streams/index.js';

/** A place on the sky, in degrees (ICRS; FK5 is taken for it). */
export interface SkyPosition {
  /** Right ascension, 0 to 360. */
  readonly raDeg: number;
  /** Declination, -90 to 90. */
  readonly decDeg: number;
  /** Radius of the error circle as the mission gives it: mostly 90 % containment, Fermi GBM 1 sigma. */
  readonly errorDeg?: number;
}

/** What an event says, with its scales and frames honoured. What it does not say is absent. */
export interface TransientNotice {
  readonly ivorn: string;
  /** Only an `observation` may move a telescope. */
  readonly role: Role;
  /** The IVORN without its local id, such as `ivo://nasa.gsfc.gcn/SWIFT`. */
  readonly stream: string;
  /** Such as `Swift`; of an unknown one the stream. */
  readonly mission: string;
  readonly instrument?: string;
  /** Such as `SWIFT_BAT_GRB_POS_ACK`. */
  readonly packetType?: string;
  /** GCN's number of the kind of packet. */
  readonly packetNumber?: number;
  /** The transient, by a name that all of its packets share, such as `Swift:655721`; else the IVORN. */
  readonly event: string;
  /** How it stands to the packets before it, as far as it says so itself. */
  readonly relation: Relation;
  readonly position?: SkyPosition;
  /** What `errorDeg` means. */
  readonly errorMeaning?: ErrorMeaning;
  /** When it happened, in ms UTC. For a TDB-...-BARY event at the barycentre: up to 8.3 minutes off on Earth. */
  readonly triggerTimeMs?: number;
  /** When it is no longer of interest, in ms UTC. */
  readonly expiresMs?: number;
  /** It says that what was told before is not so. */
  readonly isRetraction: boolean;
  readonly citedIvorns: readonly string[];
  /** Those of them that it takes back; absent when it does not say which. */
  readonly retractedIvorns?: readonly string[];
  /** By convention 0 to 1. */
  readonly importance?: number;
  readonly skyMapUrl?: string;
  /** Why its position is none to be observed, such as that of a spacecraft's axis. */
  readonly notATarget?: string;
  /** What it says so that it cannot be read, and why. */
  readonly doubts: readonly string[];
}

/** GCN's number of a retraction by LIGO, Virgo and KAGRA, which comes without citations. */
const LVK_RETRACTION = '164';

/** Reads an event for a telescope. Never throws: what makes no sense (30 February, a declination of 95) is absent. */
export function interpret(event: VOEvent): TransientNotice {
  const { ivorn, role, whereWhen, citations, why } = event;
  const { params, ...facts } = factsOf(event);
  const position = whereWhen && positionOf(whereWhen);
  const triggerTimeMs = whereWhen && triggerTimeOf(whereWhen);
  const isRetracting = facts.relation === 'retraction' || isRetraction(event);
  return compact<TransientNotice>({
    ivorn,
    role,
    stream: streamOf(ivorn),
    mission: facts.mission,
    instrument: facts.instrument,
    packetType: facts.packetType,
    packetNumber: params.packetType,
    event: facts.eventName === undefined ? ivorn : jointName(facts.mission, facts.eventName),
    relation: isRetracting ? 'retraction' : (facts.relation ?? relationOf(event, params)),
    position: position && withError(position, facts.errorDeg),
    errorMeaning: position?.errorDeg === undefined ? undefined : facts.errorMeaning,
    triggerTimeMs,
    expiresMs: why?.expires === undefined ? undefined : parseIsoTime(why.expires),
    isRetraction: isRetracting,
    citedIvorns: [...new Set(citations.map((citation) => citation.ivorn))],
    retractedIvorns: retractedBy(event),
    importance: facts.importance ?? why?.importance,
    skyMapUrl: facts.skyMapUrl,
    notATarget: facts.notATarget,
    doubts: doubtsOf(whereWhen, position, triggerTimeMs),
  });
}

/** By what is cited, and by the number that GCN gives the packets of one trigger. */
function relationOf({ citations }: VOEvent, params: ParamBook): Relation {
  const isLater = citations.length > 0 || (params.number('Pkt_Ser_Num') ?? 1) > 1;
  return isLater ? 'update' : 'new';
}

function retractedBy({ citations }: VOEvent): string[] | undefined {
  const retracted = citations.filter(({ cite }) => cite === 'retraction').map(({ ivorn }) => ivorn);
  return retracted.length > 0 ? [...new Set(retracted)] : undefined;
}

function withError(position: SkyPosition, errorDeg: number | undefined): SkyPosition {
  return errorDeg === undefined ? position : { ...position, errorDeg };
}

/** What is written and is not taken. */
function doubtsOf(
  whereWhen: WhereWhen | undefined,
  position: SkyPosition | undefined,
  triggerTimeMs: number | undefined,
): string[] {
  if (!whereWhen) return [];
  const { isoTime, c1, c2, error2Radius, units, coordSystemId } = whereWhen;
  const doubts: string[] = [];
  if (isoTime !== undefined && triggerTimeMs === undefined)
    doubts.push(`the time ${quoted(isoTime)} is impossible`);
  if (c1 !== undefined && c2 !== undefined && !position) {
    if (isUnknown(c1, c2, error2Radius))
      doubts.push('a position and a radius of zero mean that it is not known yet');
    else if (!isDegrees(units))
      doubts.push(`the unit of its position is ${quoted(units ?? '')}, not degrees`);
    else if (!isOnSphere(c1, c2)) doubts.push(`the position ${c1}, ${c2} is not on the sphere`);
    else doubts.push(`the frame ${quoted(coordSystemId ?? '')} cannot be converted`);
  }
  return doubts;
}

/** The scale is what the coordinate system begins with: `TT-ICRS-TOPO`. */
function triggerTimeOf({ isoTime, coordSystemId }: WhereWhen): number | undefined {
  return isoTime === undefined
    ? undefined
    : parseIsoTime(isoTime, coordSystemId?.split('-')[0]?.toUpperCase());
}

function positionOf({ c1, c2, error2Radius, units, coordSystemId }: WhereWhen): SkyPosition | undefined {
  if (c1 === undefined || c2 === undefined || !isDegrees(units)) return undefined;
  if (isUnknown(c1, c2, error2Radius) || !isOnSphere(c1, c2)) return undefined;
  const errorDeg = error2Radius !== undefined && error2Radius >= 0 ? error2Radius : undefined;
  const place = toEquatorial(c1, c2, coordSystemId?.toUpperCase());
  return place && compact<SkyPosition>({ ...place, errorDeg });
}

/** GCN's notices say so that the position is not known yet. */
function isUnknown(c1: number, c2: number, radius = 0): boolean {
  return c1 === 0 && c2 === 0 && radius === 0;
}

function isOnSphere(c1: number, c2: number): boolean {
  return c1 >= 0 && c1 <= 360 && Math.abs(c2) <= 90;
}

function isDegrees(units: string | undefined): boolean {
  return units === undefined || units.toLowerCase().startsWith('deg');
}

/** Frames that cannot be converted here (FK4, ecliptic, terrestrial) give no place rather than a wrong one. */
function toEquatorial(c1: number, c2: number, frame: string | undefined) {
  if (frame === undefined || /ICRS|FK5|J2000/.test(frame)) return { raDeg: c1 % 360, decDeg: c2 };
  return frame.includes('GAL') ? galacticToEquatorial(c1, c2) : undefined;
}

function isRetraction({ citations, what }: VOEvent): boolean {
  if (citations.some(({ cite }) => cite === 'retraction')) return true;
  const groups = what?.groups ?? [];
  return [what, ...groups].some((part) => part?.params.some(saysRetraction));
}

function saysRetraction({ name, value = '' }: Param): boolean {
  switch (name) {
    case 'Packet_Type':
      return value.trim() === LVK_RETRACTION;
    case 'AlertType':
      return /^retraction$/i.test(value.trim());
    case 'Retraction':
      return /^(true|yes|1|retraction)$/i.test(value.trim());
    default:
      return false;
  }
}
