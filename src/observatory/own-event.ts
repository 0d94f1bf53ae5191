// A VOEvent of our own: what the observatory saw, citing the alert that it followed.
import { isoTime } from '../clock/index.js';
import {
  type Citation,
  type Param,
  parseVOEvent,
  type Role,
  type VOEvent,
  writeVOEvent,
} from '../voevent/index.js';

/** Who writes it. */
export interface OwnAuthor {
  /** IVORN of the observatory's broker; that of the event begins with it. */
  localIvorn: string;
  /** Name of the observatory. */
  name: string;
}

/** What an event of our own says. */
export interface OwnEvent {
  /** The local id of its IVORN. @defaultValue from the time */
  id?: string | undefined;
  role: Role;
  /** IVORNs that it cites. */
  cite: readonly string[];
  citeAs: 'followup' | 'supersedes' | 'retraction';
  ra?: number | undefined;
  dec?: number | undefined;
  /** Radius in degrees. */
  error?: number | undefined;
  time?: string | undefined;
  /** What was measured. */
  params: readonly Param[];
  description?: string | undefined;
  importance?: number | undefined;
}

/**
 * The bytes of a valid VOEvent 2.0, fit to be sent by `sendVOEvent`.
 * @throws VOEventError when what was given makes none
 */
export function makeOwnEvent({ localIvorn, name }: OwnAuthor, own: OwnEvent, nowMs: number): Buffer {
  const now = isoTime(nowMs);
  const event: VOEvent = {
    ivorn: `${localIvorn}#${own.id ?? now.replace(/[-:.]/g, '')}`,
    role: own.role,
    version: '2.0',
    who: { authorIvorn: localIvorn, date: now, author: { title: [name] } },
    ...(own.params.length > 0 && { what: { params: own.params, groups: [], tables: [] } }),
    ...whereOf(own),
    ...(own.importance !== undefined && { why: { importance: own.importance } }),
    citations: own.cite.map((ivorn): Citation => ({ ivorn, cite: own.citeAs })),
    ...(own.description !== undefined && { description: own.description }),
  };
  const bytes = writeVOEvent(event);
  // What nobody would take is told here.
  parseVOEvent(bytes);
  return bytes;
}

function whereOf({ ra, dec, error, time }: OwnEvent): Partial<VOEvent> {
  if (ra === undefined && dec === undefined && time === undefined) return {};
  return {
    whereWhen: {
      coordSystemId: 'UTC-ICRS-TOPO',
      units: 'deg',
      ...(time !== undefined && { isoTime: time }),
      ...(ra !== undefined && { c1: ra }),
      ...(dec !== undefined && { c2: dec }),
      ...(error !== undefined && { error2Radius: error }),
      ...(ra !== undefined && dec !== undefined && { names: ['RA', 'Dec'] as const }),
    },
  };
}
