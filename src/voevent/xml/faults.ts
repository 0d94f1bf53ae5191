// What is wrong where sax stumbles, or where the document ends in the middle of a tag: told by sax's state, as its own
// texts do not say what to mend.
import { quoted } from '../errors.js';
import type { Fault } from './place.js';
import { STATE, type StrictParser } from './strict-parser.js';

export const NO_TAG = '"<" that begins no tag; write "&lt;"';
const FOREIGN_CHARACTER = 'a tag with a character that does not belong there';

/** What can be said by the state alone. */
const BY_STATE = new Map<number, string>([
  [STATE.OPEN_WAKA, NO_TAG],
  [STATE.OPEN_TAG, FOREIGN_CHARACTER],
  [STATE.OPEN_TAG_SLASH, FOREIGN_CHARACTER],
  [STATE.ATTRIB_VALUE_CLOSED, FOREIGN_CHARACTER],
  [STATE.ATTRIB, 'an attribute without a name'],
]);

const VALUELESS = new Set<number>([STATE.ATTRIB_NAME, STATE.ATTRIB_NAME_SAW_WHITE, STATE.ATTRIB_VALUE]);
const END_TAG = new Set<number>([STATE.CLOSE_TAG, STATE.CLOSE_TAG_SAW_WHITE]);
const REFERENCE = new Set<number>([STATE.TEXT_ENTITY, STATE.ATTRIB_VALUE_ENTITY_Q]);

/** What is wrong where sax stumbles; `otherwise` when its state does not tell. */
export function faultOf(parser: StrictParser, openName: string | undefined, otherwise: string): Fault {
  const { state, entity, c, attribName } = parser;
  if (REFERENCE.has(state)) return [unknownReference(`&${entity}${c === ';' ? c : ''}`), 'VOEVENT_ENTITY'];
  if (VALUELESS.has(state)) return [`the attribute ${quoted(attribName)} has no value in quotes`];
  if (END_TAG.has(state)) return [wrongEndTag(openName)];
  return [BY_STATE.get(state) ?? otherwise];
}

/** What is said of a reference that stands for nothing. */
export function unknownReference(reference: string): string {
  return `${quoted(reference)} stands for nothing; write the character, or "&amp;" for an "&"`;
}

/** What is wrong when the document ends in the middle of a tag. */
export function unfinished({ state }: StrictParser, openName: string | undefined): string {
  if (state === STATE.ATTRIB_VALUE_QUOTED) return 'the document ends within the attribute that begins here';
  if (state === STATE.OPEN_WAKA) return NO_TAG;
  return END_TAG.has(state) ? wrongEndTag(openName) : 'the document ends within this tag';
}

/** An end tag that is not that of the element `openName`. */
export function wrongEndTag(openName: string | undefined): string {
  if (openName === undefined) return 'an end tag that closes nothing';
  return `${quoted(openName)} is open here, and this end tag is not its own`;
}
