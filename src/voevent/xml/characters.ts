// The characters and references of XML 1.0.

/** What no XML document may hold. Lone surrogates cannot come out of a decoder. */
const FORBIDDEN = /[^\t\n\r\u0020-\ufffd]/;

const NAME_START =
  'A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f' +
  '\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}';
const NAME = new RegExp(`[${NAME_START}][${NAME_START}:.\\-0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040]*`, 'uy');

const CHARACTER_REFERENCE = /^&#(?:x([0-9a-fA-F]+)|([0-9]+));$/;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
]);

/** So much of a reference is looked at; leading zeros may make it longer than it needs to be. */
const MAX_REFERENCE_LENGTH = 40;

/** Offset of the first character that XML forbids, or -1. */
export function forbiddenAt(text: string): number {
  return text.search(FORBIDDEN);
}

/** `text` with what XML forbids replaced by U+FFFD, lone surrogates too. */
export function permitted(text: string): string {
  const surrogates = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
  return text.replace(new RegExp(FORBIDDEN, 'g'), '\ufffd').replace(surrogates, '\ufffd');
}

/** The ASCII characters of names: 2 where a name may begin with it, 1 where it may go on. */
const ASCII_NAME = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_]/.test(character)) return 2;
  return /[0-9.:-]/.test(character) ? 1 : 0;
});

/** Where the name that begins at `from` ends; `from` itself when no name begins there. */
export function nameEnd(text: string, from: number): number {
  if (text.charCodeAt(from) < 128 && ASCII_NAME[text.charCodeAt(from)] !== 2) return from;
  let end = from;
  while (ASCII_NAME[text.charCodeAt(end)]) end += 1;
  if (!(text.charCodeAt(end) >= 128)) return end;
  NAME.lastIndex = from;
  return NAME.test(text) ? NAME.lastIndex : from;
}

/** Where the white space that begins at `from` ends. */
export function spaceEnd(text: string, from: number): number {
  let end = from;
  while (isSpace(text.charCodeAt(end))) end += 1;
  return end;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Something there is not what it looks like in an attribute: a reference, a "<", white space but blanks. */
export function hasMarkup(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x26 || code === 0x3c) return true;
  }
  return false;
}

/** Nothing in it but white space. */
export function isBlank(text: string): boolean {
  return spaceEnd(text, 0) === text.length;
}

/** A reference that stands for nothing. */
export class UnknownReference extends Error {}

/**
 * Puts in what the references of `raw` stand for: characters, and the five entities that XML knows itself.
 * @throws UnknownReference with the reference as its message
 */
export function withoutReferences(raw: string): string {
  let text = '';
  let done = 0;
  for (let at = raw.indexOf('&'); at >= 0; at = raw.indexOf('&', done)) {
    const reference = referenceAt(raw, at);
    text += raw.slice(done, at) + characterOf(reference);
    done = at + reference.length;
  }
  return done === 0 ? raw : text + raw.slice(done);
}

/** From the `&` to the `;`, or as far as is worth showing when there is none near. */
function referenceAt(raw: string, at: number): string {
  const near = raw.slice(at, at + MAX_REFERENCE_LENGTH);
  const end = near.indexOf(';');
  return end < 0 ? (/^&[^\s&<]*/.exec(near)?.[0] ?? '&') : near.slice(0, end + 1);
}

function characterOf(reference: string): string {
  const entity = ENTITIES.get(reference);
  if (entity !== undefined) return entity;
  const [, hex, decimal] = CHARACTER_REFERENCE.exec(reference) ?? [];
  const code = hex ? Number.parseInt(hex, 16) : Number.parseInt(decimal ?? '', 10);
  if (!isCharacter(code)) throw new UnknownReference(reference);
  return String.fromCodePoint(code);
}

/** Each of the line ends that XML knows made `end`. By splitting: replacing millions of them would take seconds. */
export function withLineEnds(raw: string, end: '\n' | ' '): string {
  if (!raw.includes('\r')) return end === '\n' ? raw : raw.split('\n').join(end);
  return raw.split('\r\n').join('\n').split('\r').join('\n').split('\n').join(end);
}

function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}
