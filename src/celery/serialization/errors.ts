// Errors of serialisation, with the names that kombu gives them.
import { PyrosError } from '../../errors/index.js';

/** Codes of a {@link SerializationError}. */
export type SerializationErrorCode =
  | 'CONTENT_DISALLOWED'
  | 'DECODE_ERROR'
  | 'ENCODE_ERROR'
  | 'PICKLE_REFUSED'
  | 'SERIALIZER_UNKNOWN';

/** A value could not be turned into the body of a message, or a body into a value. */
export class SerializationError extends PyrosError {
  declare readonly code: SerializationErrorCode;

  constructor(code: SerializationErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}

/** The body is of a content type that `accept_content` does not have. The wording is kombu's. */
export class ContentDisallowed extends SerializationError {
  constructor(message: string) {
    super('CONTENT_DISALLOWED', message);
  }

  static of(name: string, contentType: string): ContentDisallowed {
    return new ContentDisallowed(
      `Refusing to deserialize untrusted content of type ${name} (${contentType})`,
    );
  }
}

/** The body is not what its content type says, or goes beyond a limit. */
export class DecodeError extends SerializationError {
  constructor(message: string, cause?: unknown, code: SerializationErrorCode = 'DECODE_ERROR') {
    super(code, message, cause);
  }
}

/** The value cannot be written by the serializer; the message has the path of the culprit. */
export class EncodeError extends SerializationError {
  constructor(message: string, cause?: unknown) {
    super('ENCODE_ERROR', message, cause);
  }
}

/** No serializer or compressor has that name. */
export class SerializerNotInstalled extends SerializationError {
  constructor(message: string) {
    super('SERIALIZER_UNKNOWN', message);
  }
}
