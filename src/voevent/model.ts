// A VOEvent 2.0 (IVOA Recommendation 2011-07-11) as types. What an event does not say, or says so that it cannot
// be read, is absent. Where an element may be repeated and one text is kept, the texts are joined by line breaks.

/** What kind of event it is. Only an `observation` may move a telescope. */
export type Role = 'observation' | 'prediction' | 'utility' | 'test';

export const ROLES: readonly Role[] = ['observation', 'prediction', 'utility', 'test'];

/** A link to something outside of the event. */
export interface Reference {
  readonly uri: string;
  readonly type?: string;
  readonly mimetype?: string;
  readonly meaning?: string;
}

/** Descriptions and references, which nearly every element may have. */
export interface Described {
  readonly description?: string;
  readonly references?: readonly Reference[];
}

/** The fields by which an author is told. */
export const AUTHOR_FIELDS = [
  'title',
  'shortName',
  'logoURL',
  'contactName',
  'contactEmail',
  'contactPhone',
  'contributor',
] as const;

export type AuthorField = (typeof AUTHOR_FIELDS)[number];

/** Who is responsible for the event. */
export interface Who extends Described {
  readonly authorIvorn?: string;
  /** When the event was written, as its author wrote it; UTC with or without Z. */
  readonly date?: string;
  /** Each field with all of its values. */
  readonly author?: Readonly<Partial<Record<AuthorField, readonly string[]>>>;
}

/** One measured or descriptive value. */
export interface Param extends Described {
  readonly name?: string;
  readonly value?: string;
  readonly unit?: string;
  readonly ucd?: string;
  readonly dataType?: string;
  readonly utype?: string;
}

/** Params that belong together. */
export interface Group extends Described {
  readonly name?: string;
  readonly type?: string;
  readonly params: readonly Param[];
}

/** One column of a {@link Table}. */
export type Field = Omit<Param, 'value'>;

/** A small table: its columns, and its rows of cells. */
export interface Table extends Described {
  readonly name?: string;
  readonly type?: string;
  readonly params: readonly Param[];
  readonly fields: readonly Field[];
  readonly rows: readonly (readonly string[])[];
}

/** What was observed. */
export interface What extends Described {
  readonly params: readonly Param[];
  readonly groups: readonly Group[];
  readonly tables: readonly Table[];
}

/** Where and when it was observed, as its author wrote it; {@link TransientNotice} has it in degrees and UTC. */
export interface WhereWhen extends Described {
  /** Time in the scale that `coordSystemId` begins with. */
  readonly isoTime?: string;
  /** Such as `UTC-FK5-GEO`: time scale, frame, place. */
  readonly coordSystemId?: string;
  /** First coordinate (right ascension), in `units`. */
  readonly c1?: number;
  /** Second coordinate (declination), in `units`. */
  readonly c2?: number;
  /** Radius of the error circle, in `units`. */
  readonly error2Radius?: number;
  /** Of coordinates and radius; degrees when absent. */
  readonly units?: string;
  /** Names of the coordinates, such as RA and Dec. */
  readonly names?: readonly [string, string];
  /** Id of the observatory's place, such as `GEOLUN`. */
  readonly observatory?: string;
}

/** How it was observed. */
export type How = Described;

/** One guess at what it is. */
export interface Inference extends Described {
  /** 0 to 1. */
  readonly probability?: number;
  readonly relation?: string;
  readonly names?: readonly string[];
  readonly concepts?: readonly string[];
}

/** Why it matters. */
export interface Why extends Described {
  /** By convention 0 to 1. */
  readonly importance?: number;
  /** When it is no longer of interest, as its author wrote it. */
  readonly expires?: string;
  readonly names?: readonly string[];
  readonly concepts?: readonly string[];
  readonly inferences?: readonly Inference[];
}

/** An earlier event that this one speaks of. */
export interface Citation {
  readonly ivorn: string;
  /** `followup`, `supersedes` or `retraction`. */
  readonly cite?: string;
}

/** One VOEvent. */
export interface VOEvent {
  /** `ivo://authority/resource#local`; not unique: see {@link eventId}. */
  readonly ivorn: string;
  readonly role: Role;
  readonly version: string;
  readonly who?: Who;
  readonly what?: What;
  readonly whereWhen?: WhereWhen;
  readonly how?: How;
  readonly why?: Why;
  readonly citations: readonly Citation[];
  /** Why the citations are there. */
  readonly citationsDescription?: string;
  readonly description?: string;
  readonly reference?: Reference;
}
