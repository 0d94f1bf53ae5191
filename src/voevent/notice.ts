// What a VOEvent means for a telescope: where, when, which stream, and whether it takes something back.
import { compact } from './compact.js';
import { galacticToEquatorial } from './galactic.js';
import { parseIsoTime } from './iso-time.js';
import { streamOf } from './ivorn.js';
import type { Param, Role, VOEvent, WhereWhen } from './model.js';

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
  readonly position?: SkyPosition;
  /** When it happened, in ms UTC. For a TDB-...-BARY event at the barycentre: up to 8.3 minutes off on Earth. */
  readonly triggerTimeMs?: number;
  /** It says that what was told before is not so. Without citations, its group or trigger id tells of what. */
  readonly isRetraction: boolean;
  readonly citedIvorns: readonly string[];
  /** By convention 0 to 1. */
  readonly importance?: number;
}

/** GCN's number of a retraction by LIGO, Virgo and KAGRA, which comes without citations. */
const LVK_RETRACTION = '164';

/** Reads an event for a telescope. Never throws: what makes no sense (30 February, a declination of 95) is absent. */
export function interpret(event: VOEvent): TransientNotice {
  const { ivorn, role, whereWhen } = event;
  return compact<TransientNotice>({
    ivorn,
    role,
    stream: streamOf(ivorn),
    position: whereWhen && positionOf(whereWhen),
    triggerTimeMs: whereWhen && triggerTimeOf(whereWhen),
    isRetraction: isRetraction(event),
    citedIvorns: [...new Set(event.citations.map((citation) => citation.ivorn))],
    importance: event.why?.importance,
  });
}

/** The scale is what the coordinate system begins with: `TT-ICRS-TOPO`. */
function triggerTimeOf({ isoTime, coordSystemId }: WhereWhen): number | undefined {
  return isoTime === undefined
    ? undefined
    : parseIsoTime(isoTime, coordSystemId?.split('-')[0]?.toUpperCase());
}

function positionOf({ c1, c2, error2Radius, units, coordSystemId }: WhereWhen): SkyPosition | undefined {
  if (c1 === undefined || c2 === undefined || !isDegrees(units)) return undefined;
  // GCN's notices say so that the position is not known yet.
  if (c1 === 0 && c2 === 0 && (error2Radius ?? 0) === 0) return undefined;
  if (c1 < 0 || c1 > 360 || Math.abs(c2) > 90) return undefined;
  const errorDeg = error2Radius !== undefined && error2Radius >= 0 ? error2Radius : undefined;
  const place = toEquatorial(c1, c2, coordSystemId?.toUpperCase());
  return place && compact<SkyPosition>({ ...place, errorDeg });
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
