// Reads the elements of an INDI connection from its bytes: one after the other, without a root, cut anywhere.
//
// sax is fed up to each ">", so that it is known when a BLOB begins. The contents of a BLOB pass by it: they are
// searched for the next "<" only, once.
import { StringDecoder } from 'node:string_decoder';
import sax from 'sax';
import { errorText } from '../../errors/index.js';
import { InstrumentError } from '../errors.js';
import { BlobText } from './blob-text.js';
import { protocolError } from './errors.js';
import type { IndiLimits } from './limits.js';

/** Attributes by name. */
export type Attributes = ReadonlyMap<string, string>;

/** `defNumber`, `oneSwitch` and the like. */
export interface MemberElement {
  tag: string;
  attributes: Attributes;
  text: string;
  /** Of a `oneBLOB`: decoded, but not unpacked. */
  blob?: Buffer;
}

/** An element of the top level. */
export interface IndiElement {
  tag: string;
  attributes: Attributes;
  members: MemberElement[];
  /** Its size in the stream, without the contents of BLOBs. */
  bytes: number;
}

const LESS = 0x3c;
const GREATER = 0x3e;

/** A root for sax, which the stream does not have. */
const ROOT = '<indi>';

/** No lines and columns are counted. */
const OPTIONS = { position: false, strictEntities: true };

/** Has all XML entities, and nothing inherited: `&constructor;` is none. */
const ENTITIES: Record<string, string> = Object.assign(Object.create(null), {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
});

/** Turns bytes into elements. */
export class ElementReader {
  readonly #parser = sax.parser(true, OPTIONS);
  readonly #decoder = new StringDecoder('utf8');
  #element: IndiElement | undefined;
  #member: MemberElement | undefined;
  #blob: BlobText | undefined;
  #blobBytes = 0;
  /** Since the last element has ended. */
  #bytes = 0;

  constructor(
    private readonly limits: IndiLimits,
    private readonly onElement: (element: IndiElement) => void,
  ) {
    this.#parser.ENTITIES = ENTITIES;
    this.#parser.write(ROOT);
    this.#parser.onopentag = ({ name, attributes }) => this.#open(name, attributes);
    this.#parser.onclosetag = () => this.#close();
    this.#parser.ontext = (text) => this.#text(text);
    this.#parser.oncdata = (text) => this.#text(text);
    this.#parser.onerror = ({ message }) => {
      throw protocolError(errorText(message.split('\n')[0]));
    };
  }

  /** Takes the next bytes. @throws InstrumentError `DRIVER`; after that there is nothing more to be read */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      at = this.#blob ? this.#blobPiece(this.#blob, chunk, at) : this.#markupPiece(chunk, at);
    }
  }

  #blobPiece(blob: BlobText, chunk: Buffer, from: number): number {
    const less = chunk.indexOf(LESS, from);
    const end = less < 0 ? chunk.length : less;
    blob.push(chunk.subarray(from, end));
    if (less >= 0) this.#finishBlob(blob);
    return end;
  }

  #markupPiece(chunk: Buffer, from: number): number {
    const greater = chunk.indexOf(GREATER, from);
    const end = greater < 0 ? chunk.length : greater + 1;
    this.#bytes += end - from;
    if (this.#bytes > this.limits.elementBytes) {
      throw protocolError(`an element of more than ${this.limits.elementBytes} bytes`);
    }
    try {
      this.#parser.write(this.#decoder.write(chunk.subarray(from, end)));
    } catch (error) {
      if (error instanceof InstrumentError) throw error;
      // sax calls methods of the attributes, which a server may have given other values.
      throw protocolError(errorText(error), error);
    }
    return end;
  }

  #open(tag: string, raw: Record<string, unknown>): void {
    const attributes = new Map(Object.entries(raw).map(([name, value]) => [name, String(value)]));
    if (!this.#element) {
      this.#element = { tag, attributes, members: [], bytes: 0 };
      this.#blobBytes = 0;
    } else if (!this.#member) this.#openMember(this.#element, { tag, attributes, text: '' });
    else throw protocolError(`<${tag}> within <${this.#member.tag}>`);
  }

  #openMember(element: IndiElement, member: MemberElement): void {
    if (element.members.length >= this.limits.members) {
      throw protocolError(`a vector of more than ${this.limits.members} elements`);
    }
    element.members.push(member);
    this.#member = member;
    if (member.tag === 'oneBLOB' && element.tag === 'setBLOBVector') this.#beginBlob(member.attributes);
  }

  #beginBlob(attributes: Attributes): void {
    const size = Number(attributes.get('size') ?? Number.NaN);
    this.#blobBytes += size;
    if (!Number.isSafeInteger(size) || size < 0 || this.#blobBytes > this.limits.blobBytes) {
      throw protocolError(`a BLOB of ${size} bytes: the limit is ${this.limits.blobBytes}`);
    }
    this.#blob = new BlobText(size, attributes.get('format') ?? '');
  }

  #finishBlob(blob: BlobText): void {
    this.#blob = undefined;
    if (this.#member) this.#member.blob = blob.finish();
  }

  #text(text: string): void {
    if (!this.#member) return;
    if (this.#member.blob && text.trim() !== '') throw protocolError('a BLOB in pieces');
    this.#member.text += text;
  }

  #close(): void {
    const element = this.#element;
    if (!element) throw protocolError('an end tag too many');
    if (this.#member) {
      if (this.#blob) this.#finishBlob(this.#blob);
      this.#member = undefined;
      return;
    }
    this.#element = undefined;
    element.bytes = this.#bytes;
    this.#bytes = 0;
    this.onElement(element);
  }
}
