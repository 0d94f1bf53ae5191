// How arguments and results become bytes: by name of the serializer, and back by content type.
import { pack, unpack } from 'msgpackr';
import { errorText } from '../../errors/index.js';
import { CeleryError, ContentDisallowed, DecodeError } from '../errors.js';

/** Bytes and what they are. */
export interface EncodedBody {
  contentType: string;
  contentEncoding: string;
  body: Uint8Array;
}

const CONTENT_TYPES: Record<string, string> = {
  json: 'application/json',
  msgpack: 'application/x-msgpack',
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws CeleryError `ENCODE_ERROR` when the value cannot be written */
export function encodeBody(value: unknown, serializer: string): EncodedBody {
  try {
    if (serializer === 'msgpack')
      return { contentType: 'application/x-msgpack', contentEncoding: 'binary', body: pack(value) };
    if (serializer === 'json')
      return {
        contentType: 'application/json',
        contentEncoding: 'utf-8',
        body: Buffer.from(JSON.stringify(value ?? null)),
      };
  } catch (error) {
    throw new CeleryError('ENCODE_ERROR', `cannot be written as ${serializer}: ${errorText(error)}`, error);
  }
  throw new CeleryError('ENCODE_ERROR', `there is no serializer ${serializer}`);
}

/** @throws ContentDisallowed, DecodeError */
export function decodeBody(encoded: EncodedBody, acceptContent: readonly string[]): unknown {
  const { contentType, body } = encoded;
  const name = Object.keys(CONTENT_TYPES).find((key) => CONTENT_TYPES[key] === contentType);
  if (!name || !acceptContent.includes(name))
    throw new ContentDisallowed(
      `content of type ${contentType} is not accepted; accept_content is ${acceptContent.join(', ')}`,
    );
  try {
    return name === 'json' ? JSON.parse(utf8.decode(body)) : unpack(body);
  } catch (error) {
    throw new DecodeError(`the body is no ${name}: ${errorText(error)}`, error);
  }
}
