// The serializers by name and content type, and the two functions that all of Celery's messages go through.
import { errorText } from '../../errors/index.js';
import { decompressBody } from './compression.js';
import { ContentDisallowed, DecodeError, EncodeError, SerializerNotInstalled } from './errors.js';
import { decodeJson, encodeJson } from './json.js';
import { MAX_VALUES } from './limits.js';
import { decodeMsgpack, encodeMsgpack } from './msgpack.js';
import { decodePickle } from './pickle/index.js';
import { decodeYaml, encodeYaml } from './yaml.js';

interface Serializer {
  contentType: string;
  contentEncoding: string;
  encode(value: unknown, names?: readonly string[]): Uint8Array;
  decode(body: Uint8Array): unknown;
}

const SERIALIZERS = {
  json: {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    encode: encodeJson,
    decode: decodeJson,
  },
  msgpack: {
    contentType: 'application/x-msgpack',
    contentEncoding: 'binary',
    encode: encodeMsgpack,
    decode: decodeMsgpack,
  },
  yaml: {
    contentType: 'application/x-yaml',
    contentEncoding: 'utf-8',
    encode: encodeYaml,
    decode: decodeYaml,
  },
  pickle: {
    contentType: 'application/x-python-serialize',
    contentEncoding: 'binary',
    encode: () => {
      throw new EncodeError('pickle is only read here: take the serializer json, msgpack or yaml');
    },
    decode: decodePickle,
  },
} satisfies Record<string, Serializer>;

/** Names of the serializers, for `accept_content`. */
export type SerializerName = keyof typeof SERIALIZERS;

/** All that can be read. */
export const SERIALIZER_NAMES = Object.keys(SERIALIZERS) as readonly SerializerName[];

/** All that can be written, for `task_serializer` and `result_serializer`. */
export const WRITABLE_SERIALIZER_NAMES = SERIALIZER_NAMES.filter((name) => name !== 'pickle');

/** The serializer of a content type; `undefined` for one that is not known. */
export function serializerOf(contentType: string): SerializerName | undefined {
  return SERIALIZER_NAMES.find((name) => SERIALIZERS[name].contentType === contentType);
}

/** A body, and the two properties of its message. */
export interface EncodedBody {
  contentType: string;
  contentEncoding: string;
  body: Uint8Array;
}

/** A body as it came. */
export interface ReceivedBody extends EncodedBody {
  /** The header `compression`, when there is one. */
  compression?: string | null | undefined;
}

/** Names of the parts of a task's body, for {@link encodeBody}. */
export const TASK_BODY_NAMES = ['args', 'kwargs', 'embed'] as const;

/**
 * Writes a value.
 * @param names - what the elements of an outermost array are called in errors, as {@link TASK_BODY_NAMES}
 * @throws EncodeError with the path of what is no plain data, such as `args[1].when`, or when it is beyond what is read;
 *   SerializerNotInstalled
 */
export function encodeBody(value: unknown, serializer: string, names?: readonly string[]): EncodedBody {
  if (!isSerializer(serializer)) throw unknownSerializer(serializer);
  const { contentType, contentEncoding, encode, decode } = SERIALIZERS[serializer];
  const body = encode(value, names);
  // Each value takes a byte at least: what is shorter cannot have too many.
  if (body.length > MAX_VALUES) requireReadable(body, decode);
  return { contentType, contentEncoding, body };
}

/** What the other end would refuse is refused here, where somebody is told. @throws EncodeError */
function requireReadable(body: Uint8Array, decode: Serializer['decode']): void {
  try {
    decode(body);
  } catch (error) {
    throw new EncodeError(`nobody could read it: ${errorText(error)}; pass a path or an id instead`, error);
  }
}

/**
 * Reads a body.
 * @param accept - names or content types of what may be read
 * @throws ContentDisallowed, DecodeError, SerializerNotInstalled
 */
export function decodeBody(
  { contentType, body, compression }: ReceivedBody,
  accept: ReadonlySet<string> | readonly string[],
): unknown {
  const name = nameOf(contentType);
  const isAccepted = [...accept].some((one) => one === contentType || one === name);
  if (!name || !isAccepted) {
    const shown = contentType.slice(0, 80);
    throw ContentDisallowed.of(name ?? shown, shown);
  }
  const unpacked = compression ? decompressBody(body, compression) : body;
  if (unpacked.length === 0) throw new DecodeError('the body is empty');
  return SERIALIZERS[name].decode(unpacked);
}

/**
 * What `accept_content` says, as content types; it may have names and content types.
 * @throws SerializerNotInstalled
 */
export function acceptedContent(names: Iterable<string>): ReadonlySet<string> {
  return new Set(
    Array.from(names, (name) => {
      if (isSerializer(name)) return SERIALIZERS[name].contentType;
      if (nameOf(name)) return name;
      throw unknownSerializer(name);
    }),
  );
}

function isSerializer(name: string): name is SerializerName {
  return Object.hasOwn(SERIALIZERS, name);
}

function nameOf(contentType: string): SerializerName | undefined {
  return SERIALIZER_NAMES.find((name) => SERIALIZERS[name].contentType === contentType);
}

function unknownSerializer(name: string): SerializerNotInstalled {
  return new SerializerNotInstalled(
    `No serializer "${name.slice(0, 80)}" here: there are ${SERIALIZER_NAMES.join(', ')}`,
  );
}
