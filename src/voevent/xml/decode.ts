// From the bytes of an XML document to text: UTF-8, UTF-16, and the Western single-byte encodings.
import { quoted, VOEventError } from '../errors.js';

/** How far an XML declaration may reach; it is looked for in so many bytes. */
const DECLARATION_BYTES = 256;

const DECLARED = /^<\?xml\s[^>]*?\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/;

type Decode = (bytes: Uint8Array) => string;

const UTF_8 = fatal('utf-8');
const UTF_16LE = fatal('utf-16le');
const UTF_16BE = fatal('utf-16be');

/** Declared names, in lower case. `TextDecoder` takes ISO-8859-1 for windows-1252, therefore Node's own. */
const DECODERS = new Map<string, Decode>([
  ['utf-8', UTF_8],
  ['us-ascii', UTF_8],
  ['ascii', UTF_8],
  ['iso-8859-1', latin1],
  ['latin1', latin1],
  ['windows-1252', fatal('windows-1252')],
]);

/**
 * The text of an XML document. A byte order mark decides, then the XML declaration, else it is UTF-8.
 * @throws VOEventError `VOEVENT_ENCODING`
 */
export function decodeXml(bytes: Uint8Array): string {
  const decode = utf16Decoder(bytes) ?? declaredDecoder(bytes);
  try {
    return decode(bytes);
  } catch (cause) {
    const text = 'the bytes do not fit the encoding of the document; send UTF-8, or declare what it is';
    throw new VOEventError('VOEVENT_ENCODING', text, { cause });
  }
}

/** UTF-16 shows in its first bytes: the byte order mark, or the `<` that every document begins with. */
export function utf16Decoder(bytes: Uint8Array): Decode | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return UTF_16LE;
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return UTF_16BE;
  return undefined;
}

function declaredDecoder(bytes: Uint8Array): Decode {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return UTF_8;
  const match = DECLARED.exec(latin1(bytes.subarray(0, DECLARATION_BYTES)));
  const name = match?.[1] ?? match?.[2];
  const decode = name === undefined ? UTF_8 : DECODERS.get(name.toLowerCase());
  if (decode) return decode;
  const text = `the declared encoding ${quoted(name ?? '')} is not read here, or is not that of the bytes`;
  throw new VOEventError('VOEVENT_ENCODING', `${text}; send UTF-8`);
}

/** A decoder of its own for each document: nothing is left over from one that failed. */
function fatal(encoding: string): Decode {
  return (bytes) => new TextDecoder(encoding, { fatal: true }).decode(bytes);
}

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
