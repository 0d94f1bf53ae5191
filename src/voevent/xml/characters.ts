// The characters of XML 1.0: what is forbidden, what is blank, what ends a line.

/** What no XML document may hold. Lone surrogates cannot come out of a decoder. */
const FORBIDDEN = /[^\t\n\r\u0020-\ufffd]/;

const FORBIDDEN_ALL = new RegExp(FORBIDDEN, 'g');
const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const NOT_BLANK = /[^ \t\r\n]/;
const NOT_PLAIN = /[\t\r\n]/;

/** Offset of the first character that XML forbids, or -1. */
export function forbiddenAt(text: string): number {
  return text.search(FORBIDDEN);
}

/** `text` with what XML forbids replaced by U+FFFD, lone surrogates too. */
export function permitted(text: string): string {
  return text.replace(FORBIDDEN_ALL, '\ufffd').replace(LONE_SURROGATES, '\ufffd');
}

/** Offset of the first character that is not white space, or -1. */
export function notBlankAt(text: string): number {
  return text.search(NOT_BLANK);
}

/** Nothing in it but white space. */
export function isBlank(text: string): boolean {
  return notBlankAt(text) < 0;
}

/** `raw` with each of the line ends that XML knows as a line feed. */
export function withLineFeeds(raw: string): string {
  // By splitting: replacing millions of them would take seconds.
  return raw.includes('\r') ? raw.split('\r\n').join('\n').split('\r').join('\n') : raw;
}

/** `raw` with each line end and each tab as a blank. */
export function withBlanks(raw: string): string {
  return NOT_PLAIN.test(raw) ? withLineFeeds(raw).split('\n').join(' ').split('\t').join(' ') : raw;
}
