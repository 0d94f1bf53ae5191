// Reads strangers' XML documents strictly: no DTD, no entities, everything bounded. The plain ones are scanned (scan.ts);
// all others, and all that have a fault, are read with sax.
//
// sax is fed in pieces, which end where markup begins and ends. So it is known where in the document it is without its
// counting, and what it lets pass even when it is strict is looked for in the raw text (guards.ts).
import { quoted, type VOEventErrorCode } from '../errors.js';
import { type VOEventLimits, withDefaults } from '../limits.js';
import { withBlanks, withLineFeeds } from './characters.js';
import type { XmlElement } from './element.js';
import { faultOf, unfinished } from './faults.js';
import { checkCharacters, checkOutside, checkReferences, checkTagStart, sectionEnd } from './guards.js';
import { NextOf } from './next-of.js';
import { behindAttributes, refuse } from './place.js';
import { scanXml } from './scan.js';
import { STATE, type StrictParser, strictParser, tellAllAttributes } from './strict-parser.js';
import { XmlTree } from './tree.js';

/**
 * Reads a whole document.
 * @throws VOEventError `VOEVENT_NOT_XML`, `VOEVENT_DTD`, `VOEVENT_ENTITY`, `VOEVENT_TOO_DEEP`, `VOEVENT_TOO_MANY`
 */
export function readXml(text: string, limits: Partial<VOEventLimits> = {}): XmlElement {
  const all = withDefaults(limits);
  checkCharacters(text);
  return scanXml(text, all) ?? readWithSax(text, all);
}

/** As {@link readXml}, without the quick way; the characters have been checked. */
export function readWithSax(text: string, limits: VOEventLimits): XmlElement {
  return new XmlReader(text, new XmlTree(text, limits)).read();
}

class XmlReader {
  readonly #parser: StrictParser = strictParser();
  readonly #text: string;
  readonly #tree: XmlTree;
  readonly #less: NextOf;
  readonly #greater: NextOf;
  readonly #ampersand: NextOf;
  readonly #return: NextOf;
  readonly #lineFeed: NextOf;
  readonly #tab: NextOf;
  readonly #sectionClose: NextOf;
  /** Where the markup or the character data begins that is read. */
  #at = 0;

  constructor(text: string, tree: XmlTree) {
    this.#text = text;
    this.#tree = tree;
    this.#less = new NextOf(text, '<');
    this.#greater = new NextOf(text, '>');
    this.#ampersand = new NextOf(text, '&');
    this.#return = new NextOf(text, '\r');
    this.#lineFeed = new NextOf(text, '\n');
    this.#tab = new NextOf(text, '\t');
    this.#sectionClose = new NextOf(text, ']]>');
    this.#listen(this.#parser, tree);
  }

  read(): XmlElement {
    const end = this.#text.length;
    for (let at = 0; at < end; ) at = this.#next(at);
    const { root, current } = this.#tree;
    if (current) refuse(this.#text, end, `${quoted(current.qualifiedName)} is never closed`);
    if (!root) refuse(this.#text, end, 'there is no element');
    return root;
  }

  #listen(parser: StrictParser, tree: XmlTree): void {
    parser.onopentagstart = (tag) => {
      tellAllAttributes(tag);
      tree.begin(this.#at);
    };
    parser.onattribute = ({ name, value }) => {
      const fault = tree.attribute(name, value);
      if (fault) this.#refuseHere(...fault);
    };
    parser.onopentag = ({ name }) => tree.open(name, this.#at);
    parser.onclosetag = () => tree.close();
    parser.ontext = (text) => tree.append(text);
    parser.oncdata = parser.ontext;
    parser.onerror = ({ message }) => {
      this.#refuseHere(...faultOf(parser, tree.openName, message));
    };
  }

  /** Reads the character data at `at` and the markup behind it; returns where that ends. */
  #next(at: number): number {
    const less = this.#less.from(at);
    if (less > at) this.#characters(at, less);
    if (less === this.#text.length) return less;
    this.#at = less;
    const mark = this.#text[less + 1];
    return mark === '!' || mark === '?' ? this.#section(less) : this.#tag(less);
  }

  #characters(from: number, to: number): void {
    this.#at = from;
    const raw = this.#text.slice(from, to);
    if (!this.#tree.current) checkOutside(this.#text, raw, from);
    else if (this.#sectionClose.from(from) < to) refuse(this.#text, from, '"]]>" in text; write "]]&gt;"');
    if (this.#ampersand.from(from) < to) checkReferences(this.#text, raw, from);
    this.#parser.write(this.#return.from(from) < to ? withLineFeeds(raw) : raw);
  }

  #section(less: number): number {
    const end = sectionEnd(this.#text, less, this.#tree.current !== undefined);
    this.#parser.write(withLineFeeds(this.#text.slice(less, end)));
    return end;
  }

  #tag(less: number): number {
    checkTagStart(this.#text, less, this.#tree.openName);
    let at = less;
    // A piece that ends at a ">" within a value is followed by another.
    do at = this.#tagPiece(at, less);
    while (this.#parser.state !== STATE.TEXT && at < this.#text.length);
    if (this.#parser.state !== STATE.TEXT) this.#refuseHere(unfinished(this.#parser, this.#tree.openName));
    return at;
  }

  /** Reads on to the next ">" of the tag that begins at `less`; returns where that ends. */
  #tagPiece(from: number, less: number): number {
    const end = Math.min(this.#greater.from(from) + 1, this.#text.length);
    const raw = this.#text.slice(from, end);
    const plain =
      this.#lineFeed.from(from) >= end && this.#tab.from(from) >= end && this.#return.from(from) >= end;
    // XML takes white space of any kind in an attribute for blanks.
    this.#parser.write(plain ? raw : withBlanks(raw));
    const inner = this.#less.from(Math.max(from, less + 1));
    if (inner < end) refuse(this.#text, inner, '"<" in an attribute; write "&lt;"');
    if (this.#ampersand.from(from) < end) checkReferences(this.#text, raw, from);
    return end;
  }

  /** Refuses what is read, with the place of the attribute or the tag or the character data that is wrong. */
  #refuseHere(what: string, code?: VOEventErrorCode): never {
    const nameEnd = this.#at + 1 + this.#parser.tagName.length;
    const inStartTag = this.#parser.tagName !== '' && this.#text[this.#at + 1] !== '/';
    const offset = inStartTag ? behindAttributes(this.#text, nameEnd, this.#tree.attributeCount) : this.#at;
    refuse(this.#text, offset, what, code);
  }
}
