// Filters that need no XPath: by role, by stream, by a circle on the sky.
import { separationDeg } from '../../sky/index.js';
import { quoted, VOEventError } from '../errors.js';
import { ROLES, type Role } from '../model.js';
import { readFloat } from '../numbers.js';

/** What of an event a simple filter looks at. */
export interface Summary {
  readonly ivorn: string;
  readonly role: Role;
  readonly position?: { readonly raDeg: number; readonly decDeg: number; readonly errorDeg?: number };
}

/** A circle on the sky, in degrees (ICRS). */
export interface Cone {
  readonly raDeg: number;
  readonly decDeg: number;
  readonly radiusDeg: number;
}

/** All that is given must hold. */
export interface SimpleFilter {
  readonly roles?: readonly Role[];
  /** Beginnings of IVORNs. */
  readonly streams?: readonly string[];
  readonly cone?: Cone;
}

const MAX_LENGTH = 4096;

/**
 * Reads `role=observation,test stream=ivo://nasa.gsfc.gcn/SWIFT cone=83.6,22.0,5`: in any order, separated by blanks;
 * a cone is right ascension, declination and radius in degrees.
 * @throws VOEventError `VOEVENT_FILTER`
 */
export function parseSimpleFilter(text: string): SimpleFilter {
  if (text.length > MAX_LENGTH) throw bad(text, `it has over ${MAX_LENGTH} characters`);
  let filter: SimpleFilter = {};
  for (const part of text.trim().split(/\s+/)) {
    const [key = '', value = ''] = splitAt(part, '=');
    const values = value.split(',').filter(Boolean);
    if (values.length === 0) throw bad(text, `${quoted(part)} is not KEY=VALUE`);
    if (key === 'role') filter = { ...filter, roles: values.map((role) => roleOf(text, role)) };
    else if (key === 'stream') filter = { ...filter, streams: values };
    else if (key === 'cone') filter = { ...filter, cone: coneOf(value) };
    else throw bad(text, `${quoted(key)} is none of role, stream, cone`);
  }
  return filter;
}

/** Reads `ra,dec,radius` in degrees. @throws VOEventError `VOEVENT_FILTER` */
export function coneOf(text: string): Cone {
  const [raDeg, decDeg, radiusDeg, ...rest] = text.split(',').map(readFloat);
  const isCone =
    raDeg !== undefined && raDeg >= 0 && raDeg <= 360 && decDeg !== undefined && Math.abs(decDeg) <= 90;
  if (!isCone || radiusDeg === undefined || radiusDeg < 0 || radiusDeg > 180 || rest.length > 0)
    throw bad(text, 'a cone is RA,DEC,RADIUS in degrees, such as 83.6,22.0,5');
  return { raDeg, decDeg, radiusDeg };
}

/** Whether an event passes. One without a position is in no cone. */
export function passes({ roles, streams, cone }: SimpleFilter, event: Summary): boolean {
  if (roles && !roles.includes(event.role)) return false;
  if (streams && !streams.some((stream) => event.ivorn.startsWith(stream))) return false;
  return !cone || isInCone(cone, event.position);
}

/** Whether the error circle of a position touches a cone. */
export function isInCone(cone: Cone, position: Summary['position']): boolean {
  if (!position) return false;
  return separationDeg(cone, position) <= cone.radiusDeg + (position.errorDeg ?? 0);
}

function roleOf(text: string, role: string): Role {
  const found = ROLES.find((one) => one === role);
  if (!found) throw bad(text, `${quoted(role)} is none of ${ROLES.join(', ')}`);
  return found;
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function bad(text: string, reason: string): VOEventError {
  return new VOEventError('VOEVENT_FILTER', `the filter ${quoted(text)} is no good: ${reason}`);
}
