// sax as it is used here: strict, without positions, with no entities but XML's own.
import sax, { type QualifiedTag, type Tag } from 'sax';

type StateName =
  | 'TEXT'
  | 'TEXT_ENTITY'
  | 'OPEN_WAKA'
  | 'OPEN_TAG'
  | 'OPEN_TAG_SLASH'
  | 'ATTRIB'
  | 'ATTRIB_NAME'
  | 'ATTRIB_NAME_SAW_WHITE'
  | 'ATTRIB_VALUE'
  | 'ATTRIB_VALUE_QUOTED'
  | 'ATTRIB_VALUE_CLOSED'
  | 'ATTRIB_VALUE_ENTITY_Q'
  | 'CLOSE_TAG'
  | 'CLOSE_TAG_SAW_WHITE';

/** sax's states, which its published types leave out. */
export const { STATE } = sax as typeof sax & { readonly STATE: Readonly<Record<StateName, number>> };

/** A parser of sax, with what its published types leave out. */
export interface StrictParser extends sax.SAXParser {
  /** One of {@link STATE}. */
  readonly state: number;
  /** The character that it reads. */
  readonly c: string;
  readonly tagName: string;
  readonly attribName: string;
  /** The reference that it reads, without `&` and `;`. */
  readonly entity: string;
}

/** It need not count lines and columns for each character: the reader knows where it is. */
const OPTIONS = { position: false, strictEntities: true };

/** Without a prototype: `&constructor;` is none of them. */
const ENTITIES: Record<string, string> = Object.assign(Object.create(null), {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
});

/** Has nothing, whatever it is asked for. */
const FORGETFUL: object = Object.freeze(Object.assign(Object.create(null), { hasOwnProperty: () => false }));

/** A parser for one document. */
export function strictParser(): StrictParser {
  const parser = sax.parser(true, OPTIONS) as StrictParser;
  parser.ENTITIES = ENTITIES;
  return parser;
}

/**
 * sax asks the attributes of a tag whether they have one already, and drops a second of the same name without a word.
 * Now they say no, `onattribute` is told of all, and one that is named `hasOwnProperty` does no harm.
 */
export function tellAllAttributes(tag: Tag | QualifiedTag): void {
  tag.attributes = Object.create(FORGETFUL);
}
