// A strict, non-validating XML 1.0 reader for strangers' documents: no DTD, no entities, everything bounded.
// The project's sax is not used: even in strict mode it takes doubled attributes, raw control characters and
// `&constructor;`, and it reads 3,000 Swift notices a second where this reads 11,000. A test holds the two against
// each other.
import { quoted, VOEventError, type VOEventErrorCode } from '../errors.js';
import { type VOEventLimits, withDefaults } from '../limits.js';
import {
  forbiddenAt,
  hasMarkup,
  isBlank,
  nameEnd,
  spaceEnd,
  UnknownReference,
  withLineEnds,
  withoutReferences,
} from './characters.js';
import type { XmlElement } from './element.js';
import { namespaceOf, OUTERMOST, type Scope, scopeWith, splitName } from './namespaces.js';

const S = '[ \\t\\r\\n]';
const DECLARATION = new RegExp(
  `^<\\?xml${S}+version${S}*=${S}*(["'])1\\.\\d+\\1(${S}+encoding${S}*=${S}*(["'])[A-Za-z][\\w.-]*\\3)?` +
    `(${S}+standalone${S}*=${S}*(["'])(yes|no)\\5)?${S}*$`,
);

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();
const SLASH = 0x2f;
const GREATER = 0x3e;
const EQUALS = 0x3d;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;

/** An element under construction. */
interface OpenElement extends XmlElement {
  readonly children: OpenElement[];
  text: string;
  readonly scope: Scope;
}

/**
 * Reads a whole document.
 * @throws VOEventError `VOEVENT_NOT_XML`, `VOEVENT_DTD`, `VOEVENT_ENTITY`, `VOEVENT_TOO_DEEP`, `VOEVENT_TOO_MANY`
 */
export function readXml(text: string, limits: Partial<VOEventLimits> = {}): XmlElement {
  return new XmlReader(text, withDefaults(limits)).read();
}

/** `line L, column C` of an offset in a text, both from 1. */
export function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `line ${line}, column ${offset - before.lastIndexOf('\n')}`;
}

class XmlReader {
  #root: XmlElement | undefined;
  #open: OpenElement[] = [];
  #current: OpenElement | undefined;
  #elements = 0;
  /** The tag that is read has an attribute with a prefix, or a default namespace. */
  #prefixed = false;

  constructor(
    private readonly text: string,
    private readonly limits: VOEventLimits,
  ) {}

  read(): XmlElement {
    const forbidden = forbiddenAt(this.text);
    if (forbidden >= 0) this.#fail(forbidden, 'a control character, which XML forbids; take it out');
    for (let at = 0; at < this.text.length; ) at = this.#next(at);
    if (this.#current) this.#fail(this.text.length, `${quoted(this.#current.qualifiedName)} is never closed`);
    if (!this.#root) this.#fail(this.text.length, 'there is no element');
    return this.#root;
  }

  /** Reads the character data at `at` and the markup behind it; returns where that ends. */
  #next(at: number): number {
    const found = this.text.indexOf('<', at);
    const less = found < 0 ? this.text.length : found;
    if (less > at) this.#characters(at, less);
    if (found < 0) return less;
    const mark = this.text[less + 1];
    if (mark === '/') return this.#closeTag(less);
    if (mark === '!') return this.#declaration(less);
    if (mark === '?') return this.#instruction(less);
    return this.#openTag(less);
  }

  #characters(from: number, to: number): void {
    const raw = this.text.slice(from, to);
    if (this.#current) {
      if (raw.includes(']]>')) this.#fail(from, '"]]>" in text; write "]]&gt;"');
      this.#current.text += this.#expanded(withLineEnds(raw, '\n'), from);
    } else if (!isBlank(raw)) this.#fail(spaceEnd(this.text, from), 'text outside of the root element');
  }

  #closeTag(less: number): number {
    const name = this.#current?.qualifiedName;
    if (name === undefined) this.#fail(less, 'an end tag that closes nothing');
    const end = spaceEnd(this.text, less + 2 + name.length);
    if (!this.text.startsWith(name, less + 2) || this.text.charCodeAt(end) !== GREATER) {
      this.#fail(less, `${quoted(name)} is open here, and this end tag is not its own`);
    }
    this.#close();
    return end + 1;
  }

  #close(): void {
    this.#open.pop();
    this.#current = this.#open[this.#open.length - 1];
  }

  /** Comment or CDATA section; any other declaration belongs to a DTD. */
  #declaration(less: number): number {
    if (this.text.startsWith('<!--', less)) {
      const end = this.#find('--', less + 4);
      if (this.text.charCodeAt(end + 2) !== GREATER) this.#fail(end, '"--" inside of a comment');
      return end + 3;
    }
    if (this.text.startsWith('<![CDATA[', less) && this.#current) {
      const end = this.#find(']]>', less + 9);
      this.#current.text += withLineEnds(this.text.slice(less + 9, end), '\n');
      return end + 3;
    }
    if (!/^<!(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/.test(this.text.slice(less, less + 12))) {
      this.#fail(less, '"<!" begins neither a comment nor a CDATA section');
    }
    this.#fail(less, 'document types and entity definitions are not accepted; take them out', 'VOEVENT_DTD');
  }

  #instruction(less: number): number {
    const end = this.#find('?>', less);
    const named = nameEnd(this.text, less + 2);
    const name = this.text.slice(less + 2, named);
    const apart = named === end || spaceEnd(this.text, named) > named;
    if (name === '' || name.includes(':') || !apart)
      this.#fail(less, 'a processing instruction without a name');
    if (name.toLowerCase() === 'xml' && !(less === 0 && DECLARATION.test(this.text.slice(0, end)))) {
      this.#fail(less, 'the XML declaration is malformed, or is not at the very beginning');
    }
    return end + 2;
  }

  #openTag(less: number): number {
    const end = nameEnd(this.text, less + 1);
    if (end === less + 1) this.#fail(less, '"<" that begins no tag; write "&lt;"');
    if (!this.#current && this.#root) this.#fail(less, 'a second root element');
    const [attributes, close] = this.#attributes(end);
    this.#begin(this.text.slice(less + 1, end), attributes, less);
    if (this.text.charCodeAt(close) === GREATER) return close + 1;
    this.#close();
    return close + 2;
  }

  #begin(qualifiedName: string, attributes: ReadonlyMap<string, string>, offset: number): void {
    this.#elements += 1;
    const { maxElements, maxDepth } = this.limits;
    if (this.#elements > maxElements) this.#fail(offset, `over ${maxElements} elements`, 'VOEVENT_TOO_MANY');
    if (this.#open.length >= maxDepth) {
      this.#fail(offset, `elements over ${maxDepth} deep in each other`, 'VOEVENT_TOO_DEEP');
    }
    const scope = this.#scope(attributes, offset);
    const [namespace, name] = this.#resolve(qualifiedName, scope, offset);
    const element = { name, qualifiedName, namespace, attributes, children: [], text: '', offset, scope };
    if (this.#current) this.#current.children.push(element);
    else this.#root = element;
    this.#open.push(element);
    this.#current = element;
  }

  /** The scope of an element with these attributes, of which those with a prefix are looked up. */
  #scope(attributes: ReadonlyMap<string, string>, offset: number): Scope {
    const outer = this.#current?.scope ?? OUTERMOST;
    if (!this.#prefixed) return outer;
    this.#prefixed = false;
    const scope = scopeWith(attributes, outer);
    for (const name of attributes.keys()) this.#resolve(name, scope, offset);
    return scope;
  }

  #resolve(qualifiedName: string, scope: Scope, offset: number): [namespace: string, name: string] {
    const [prefix, name] = splitName(qualifiedName);
    const namespace = namespaceOf(prefix, scope);
    if (namespace === undefined) {
      this.#fail(offset, `the prefix ${quoted(prefix)} is bound to no namespace; declare it with xmlns:`);
    }
    if (name === '' || name.includes(':')) this.#fail(offset, `${quoted(qualifiedName)} is no name`);
    return [namespace, name];
  }

  /** The attributes that begin at `from`, and where the `>` or `/>` behind them stands. */
  #attributes(from: number): [ReadonlyMap<string, string>, number] {
    let attributes: Map<string, string> | undefined;
    for (let at = from; ; ) {
      const next = spaceEnd(this.text, at);
      const code = this.text.charCodeAt(next);
      const ends = code === GREATER || (code === SLASH && this.text.charCodeAt(next + 1) === GREATER);
      if (ends) return [attributes ?? NO_ATTRIBUTES, next];
      if (next === this.text.length) this.#fail(from, 'the document ends within this tag');
      if (next === at) this.#fail(next, 'a tag with a character that does not belong there');
      attributes ??= new Map();
      at = this.#attribute(next, attributes);
    }
  }

  #attribute(at: number, attributes: Map<string, string>): number {
    const end = nameEnd(this.text, at);
    if (end === at) this.#fail(at, 'an attribute without a name');
    const name = this.text.slice(at, end);
    const open = this.#valueStart(end);
    if (open < 0) this.#fail(at, `the attribute ${quoted(name)} has no value in quotes`);
    if (attributes.has(name)) this.#fail(at, `the attribute ${quoted(name)} stands there twice`);
    if (attributes.size >= this.limits.maxAttributes) {
      this.#fail(at, `over ${this.limits.maxAttributes} attributes in one element`, 'VOEVENT_TOO_MANY');
    }
    if (name.includes(':') || name === 'xmlns') this.#prefixed = true;
    const close = this.#valueEnd(open);
    attributes.set(name, this.#value(open, close));
    return close + 1;
  }

  /** Where the value behind the name that ends at `end` begins, or -1 when none does. */
  #valueStart(end: number): number {
    const equals = spaceEnd(this.text, end);
    if (this.text.charCodeAt(equals) !== EQUALS) return -1;
    const quote = spaceEnd(this.text, equals + 1);
    const code = this.text.charCodeAt(quote);
    return code === DOUBLE_QUOTE || code === SINGLE_QUOTE ? quote + 1 : -1;
  }

  #valueEnd(open: number): number {
    const end = this.text.indexOf(this.text.charAt(open - 1), open);
    if (end < 0) this.#fail(open, 'the document ends within the attribute that begins here');
    return end;
  }

  #value(open: number, close: number): string {
    const raw = this.text.slice(open, close);
    if (!hasMarkup(this.text, open, close)) return raw;
    if (raw.includes('<')) this.#fail(open, '"<" in an attribute; write "&lt;"');
    // XML takes white space of any kind in an attribute for blanks.
    return this.#expanded(withLineEnds(raw, ' ').split('\t').join(' '), open);
  }

  #expanded(raw: string, at: number): string {
    try {
      return withoutReferences(raw);
    } catch (error) {
      if (!(error instanceof UnknownReference)) throw error;
      const text = `${quoted(error.message)} stands for nothing; write the character, or "&amp;" for an "&"`;
      this.#fail(at, text, 'VOEVENT_ENTITY');
    }
  }

  #find(what: string, from: number): number {
    const found = this.text.indexOf(what, from);
    if (found < 0) this.#fail(from, `the document ends before the ${what} of what begins here`);
    return found;
  }

  #fail(offset: number, what: string, code: VOEventErrorCode = 'VOEVENT_NOT_XML'): never {
    throw new VOEventError(code, `${placeOf(this.text, offset)}: ${what}`);
  }
}
