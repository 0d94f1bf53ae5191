// What sax lets pass even when it is strict, looked for in the raw text before sax reads it.
import { forbiddenAt, notBlankAt } from './characters.js';
import { NO_TAG, unknownReference, wrongEndTag } from './faults.js';
import { refuse } from './place.js';

const NAME_START =
  'A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f' +
  '\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}';
const NAME = `[${NAME_START}][${NAME_START}.\\-0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040]*`;
const S = '[ \\t\\r\\n]';

/** How an instruction begins. Its name holds no colon, by Namespaces in XML. */
const INSTRUCTION = new RegExp(`<\\?(${NAME})(?:${S}|\\?>)`, 'uy');

const DECLARATION = new RegExp(
  `^<\\?xml${S}+version${S}*=${S}*(["'])1\\.\\d+\\1(${S}+encoding${S}*=${S}*(["'])[A-Za-z][\\w.-]*\\3)?` +
    `(${S}+standalone${S}*=${S}*(["'])(yes|no)\\5)?${S}*\\?>$`,
);

const DTD = /^<!(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/;

/** An `&` that begins no reference that XML knows. sax takes `&AMP;` and `&#X41;`. */
const BAD_REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)/;

const BLANK = 0x20;

/** So much of a reference is shown. */
const MAX_REFERENCE_LENGTH = 40;

/** Whether this is a whole XML declaration, as it may stand at the very beginning. */
export function isDeclaration(text: string): boolean {
  return DECLARATION.test(text);
}

/** Control characters anywhere, and a byte order mark that stands behind another. */
export function checkCharacters(text: string): void {
  const forbidden = forbiddenAt(text);
  if (forbidden >= 0) refuse(text, forbidden, 'a control character, which XML forbids; take it out');
  if (text.startsWith('\ufeff')) refuse(text, 0, 'text outside of the root element');
}

/** Character data `raw` at `at`, before or behind the root element. */
export function checkOutside(text: string, raw: string, at: number): void {
  const stray = notBlankAt(raw);
  if (stray >= 0) refuse(text, at + stray, 'text outside of the root element');
}

/** The references in `raw`, which stands at `at`. */
export function checkReferences(text: string, raw: string, at: number): void {
  const bad = raw.search(BAD_REFERENCE);
  if (bad < 0) return;
  const [reference = '&'] = /^&[^\s&<;]*;?/.exec(raw.slice(bad, bad + MAX_REFERENCE_LENGTH)) ?? [];
  refuse(text, at + bad, unknownReference(reference), 'VOEVENT_ENTITY');
}

/** No white space behind the `<` or `</` at `less`, which sax skips; no other control character can be there. */
export function checkTagStart(text: string, less: number, openName: string | undefined): void {
  if (text.charCodeAt(less + 1) <= BLANK) refuse(text, less, NO_TAG);
  if (text[less + 1] === '/' && text.charCodeAt(less + 2) <= BLANK) refuse(text, less, wrongEndTag(openName));
}

/** Where the comment, the CDATA section or the instruction that begins at `less` ends. Nothing else is let in. */
export function sectionEnd(text: string, less: number, inRoot: boolean): number {
  if (text.startsWith('<?', less)) return instructionEnd(text, less);
  if (text.startsWith('<!--', less)) return commentEnd(text, less);
  if (inRoot && text.startsWith('<![CDATA[', less)) return endOf(text, ']]>', less, less + 9);
  if (!DTD.test(text.slice(less, less + 12))) {
    refuse(text, less, '"<!" begins neither a comment nor a CDATA section');
  }
  refuse(text, less, 'document types and entity definitions are not accepted; take them out', 'VOEVENT_DTD');
}

function commentEnd(text: string, less: number): number {
  const end = endOf(text, '--', less, less + 4);
  if (text[end] !== '>') refuse(text, end - 2, '"--" inside of a comment');
  return end + 1;
}

function instructionEnd(text: string, less: number): number {
  const end = endOf(text, '?>', less, less + 2);
  INSTRUCTION.lastIndex = less;
  const name = INSTRUCTION.exec(text)?.[1];
  if (name === undefined) refuse(text, less, 'a processing instruction without a name');
  if (name.toLowerCase() === 'xml' && !(less === 0 && isDeclaration(text.slice(0, end)))) {
    refuse(text, less, 'the XML declaration is malformed, or is not at the very beginning');
  }
  // sax would read on to the next "?>".
  if (text[end - 3] === '?') refuse(text, end - 3, '"??>" at the end of an instruction; take out one "?"');
  return end;
}

/** Behind the first `terminator` from `from` on, for what begins at `less`. */
function endOf(text: string, terminator: string, less: number, from: number): number {
  const found = text.indexOf(terminator, from);
  if (found < 0) refuse(text, less, `the document ends before the ${terminator} of what begins here`);
  return found + terminator.length;
}
