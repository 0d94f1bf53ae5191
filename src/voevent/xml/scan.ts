// The quick way through the documents that authors write: plain ASCII names, no reference but XML's own five, no
// instruction but the XML declaration. At anything else, and at every fault, it gives up, and sax reads the document.
import type { VOEventLimits } from '../limits.js';
import { isBlank, withBlanks, withLineFeeds } from './characters.js';
import type { XmlElement } from './element.js';
import { isDeclaration } from './guards.js';
import { NextOf } from './next-of.js';
import { XmlTree } from './tree.js';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const BLANK = 0x20;
const EXCLAMATION = 0x21;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;

const REFERENCE = /&(?:(amp|lt|gt|quot|apos);)?/g;
const REFERENCES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const CAN_BEGIN_NAME = 1;
const CAN_BE_IN_NAME = 2;
/** By ASCII code. */
const IN_NAMES = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_]/.test(character)) return CAN_BEGIN_NAME | CAN_BE_IN_NAME;
  return /[0-9.:-]/.test(character) ? CAN_BE_IN_NAME : 0;
});

/** Thrown and caught here: no fault of the document, and without the cost of an Error. */
const GIVEN_UP = Symbol('given up');

/**
 * The root element of a document in which no forbidden character stands.
 * @returns `undefined` when the document is not of the plain kind; it may be sound all the same
 */
export function scanXml(text: string, limits: VOEventLimits): XmlElement | undefined {
  try {
    return new Scanner(text, new XmlTree(text, limits)).read();
  } catch {
    // What is wrong, sax finds in the same place, and tells it.
    return undefined;
  }
}

class Scanner {
  readonly #text: string;
  readonly #tree: XmlTree;
  readonly #ampersand: NextOf;
  readonly #return: NextOf;
  readonly #sectionClose: NextOf;
  #at = 0;

  constructor(text: string, tree: XmlTree) {
    this.#text = text;
    this.#tree = tree;
    this.#ampersand = new NextOf(text, '&');
    this.#return = new NextOf(text, '\r');
    this.#sectionClose = new NextOf(text, ']]>');
  }

  read(): XmlElement | undefined {
    const text = this.#text;
    for (let less = text.indexOf('<'); less >= 0; less = text.indexOf('<', this.#at)) {
      if (less > this.#at) this.#characters(less);
      this.#markup(less);
    }
    if (this.#at < text.length) this.#characters(text.length);
    return this.#tree.current ? undefined : this.#tree.root;
  }

  #characters(to: number): void {
    const from = this.#at;
    const raw = this.#text.slice(from, to);
    if (!this.#tree.current) {
      if (!isBlank(raw)) throw GIVEN_UP;
      return;
    }
    if (this.#sectionClose.from(from) < to) throw GIVEN_UP;
    const plain = this.#return.from(from) < to ? withLineFeeds(raw) : raw;
    this.#tree.append(this.#ampersand.from(from) < to ? withoutReferences(plain) : plain);
  }

  #markup(less: number): void {
    const mark = this.#text.charCodeAt(less + 1);
    if (mark === SLASH) this.#endTag(less);
    else if (mark === EXCLAMATION) this.#section(less);
    else if (mark === QUESTION) this.#declaration(less);
    else this.#startTag(less);
  }

  #endTag(less: number): void {
    const name = this.#tree.openName;
    if (name === undefined || !this.#text.startsWith(name, less + 2)) throw GIVEN_UP;
    const end = this.#blanks(less + 2 + name.length);
    if (this.#text.charCodeAt(end) !== GREATER) throw GIVEN_UP;
    this.#tree.close();
    this.#at = end + 1;
  }

  #section(less: number): void {
    const text = this.#text;
    if (text.startsWith('<!--', less)) {
      const dashes = text.indexOf('--', less + 4);
      if (dashes < 0 || text.charCodeAt(dashes + 2) !== GREATER) throw GIVEN_UP;
      this.#at = dashes + 3;
      return;
    }
    const end = text.indexOf(']]>', less + 9);
    if (!this.#tree.current || !text.startsWith('<![CDATA[', less) || end < 0) throw GIVEN_UP;
    this.#tree.append(withLineFeeds(text.slice(less + 9, end)));
    this.#at = end + 3;
  }

  #declaration(less: number): void {
    const end = this.#text.indexOf('?>') + 2;
    if (less !== 0 || !isDeclaration(this.#text.slice(0, end))) throw GIVEN_UP;
    this.#at = end;
  }

  #startTag(less: number): void {
    const nameEnd = this.#nameEnd(less + 1);
    this.#tree.begin(less);
    const end = this.#attributes(nameEnd);
    const isEmpty = this.#text.charCodeAt(end) === SLASH;
    if (this.#text.charCodeAt(isEmpty ? end + 1 : end) !== GREATER) throw GIVEN_UP;
    this.#tree.open(this.#text.slice(less + 1, nameEnd), less);
    if (isEmpty) this.#tree.close();
    this.#at = isEmpty ? end + 2 : end + 1;
  }

  /** Reads the attributes behind the name of a tag; returns where they and the blanks behind them end. */
  #attributes(nameEnd: number): number {
    const text = this.#text;
    let from = nameEnd;
    for (;;) {
      const at = this.#blanks(from);
      const code = text.charCodeAt(at);
      if (code === GREATER || code === SLASH) return at;
      if (at === from) throw GIVEN_UP;
      const end = this.#nameEnd(at);
      const equals = this.#blanks(end);
      const open = this.#blanks(equals + 1);
      const quote = text.charCodeAt(open);
      if (text.charCodeAt(equals) !== EQUALS || (quote !== QUOTE && quote !== APOSTROPHE)) throw GIVEN_UP;
      from = this.#valueEnd(open + 1, quote) + 1;
      if (this.#tree.attribute(text.slice(at, end), this.#value(open + 1, from - 1))) throw GIVEN_UP;
    }
  }

  /** Where the closing quote stands. */
  #valueEnd(from: number, quote: number): number {
    const text = this.#text;
    for (let at = from; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === quote) return at;
      if (code === LESS) break;
    }
    throw GIVEN_UP;
  }

  #value(from: number, to: number): string {
    const raw = withBlanks(this.#text.slice(from, to));
    return this.#ampersand.from(from) < to ? withoutReferences(raw) : raw;
  }

  #nameEnd(from: number): number {
    const text = this.#text;
    let at = from;
    if ((IN_NAMES[text.charCodeAt(at)] ?? 0) < CAN_BEGIN_NAME + CAN_BE_IN_NAME) throw GIVEN_UP;
    do at += 1;
    while ((IN_NAMES[text.charCodeAt(at)] ?? 0) > 0);
    return at;
  }

  #blanks(from: number): number {
    const text = this.#text;
    for (let at = from; ; at += 1) {
      const code = text.charCodeAt(at);
      if (code !== BLANK && code !== LINE_FEED && code !== TAB && code !== RETURN) return at;
    }
  }
}

function withoutReferences(raw: string): string {
  return raw.replace(REFERENCE, (_, name?: string) => {
    const character = name === undefined ? undefined : REFERENCES[name];
    if (character === undefined) throw GIVEN_UP;
    return character;
  });
}
