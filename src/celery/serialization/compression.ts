// Compression of a body, by the header `compression`.
import { brotliCompressSync, brotliDecompressSync, deflateSync, inflateSync } from 'node:zlib';
import { errorCode, errorText } from '../../errors/index.js';
import { DecodeError, SerializerNotInstalled } from './errors.js';
import { MAX_UNPACKED_BYTES } from './limits.js';

interface Compressor {
  contentType: string;
  /** Other names that kombu knows it by. */
  aliases: readonly string[];
  pack(body: Uint8Array): Uint8Array;
  unpack(body: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
}

const COMPRESSORS: readonly Compressor[] = [
  {
    // kombu calls it gzip; what it sends is zlib's format.
    contentType: 'application/x-gzip',
    aliases: ['gzip', 'zlib'],
    pack: (body) => deflateSync(body),
    unpack: inflateSync,
  },
  {
    contentType: 'application/x-brotli',
    aliases: ['brotli'],
    pack: (body) => brotliCompressSync(body),
    unpack: brotliDecompressSync,
  },
];

/** A body that was packed, and the value of its header. */
export interface CompressedBody {
  compression: string;
  body: Uint8Array;
}

/**
 * Packs a body.
 * @param name - `zlib`, `gzip` (the same, as in kombu), `brotli`, or a content type of these
 * @throws SerializerNotInstalled
 */
export function compressBody(body: Uint8Array, name: string): CompressedBody {
  const { contentType, pack } = compressorOf(name);
  return { compression: contentType, body: pack(body) };
}

/**
 * Unpacks a body.
 * @throws DecodeError when it is damaged, or larger than `maxBytes`; SerializerNotInstalled
 */
export function decompressBody(
  body: Uint8Array,
  name: string,
  maxBytes: number = MAX_UNPACKED_BYTES,
): Uint8Array {
  const { unpack } = compressorOf(name);
  try {
    return unpack(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE')
      throw new DecodeError(`the body unpacks to more than ${maxBytes} bytes`, error);
    throw new DecodeError(`the body cannot be unpacked as ${name}: ${errorText(error)}`, error);
  }
}

function compressorOf(name: string): Compressor {
  const found = COMPRESSORS.find(
    ({ contentType, aliases }) => contentType === name || aliases.includes(name),
  );
  if (found) return found;
  throw new SerializerNotInstalled(`No compression "${name.slice(0, 80)}" here: take zlib or brotli`);
}
