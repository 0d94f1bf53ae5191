// The body of a task message: arguments, and what follows the task.
import { NOTHING_FOLLOWS, type TaskBody, type TaskMessage } from '../message.js';
import { DecodeError } from './errors.js';
import { decodeBody } from './serializers.js';

/** @throws ContentDisallowed, DecodeError */
export function readBody(
  { properties, headers, body }: TaskMessage,
  acceptContent: readonly string[],
): TaskBody {
  const { content_type: contentType, content_encoding: contentEncoding } = properties;
  const { compression } = headers as { compression?: string | null };
  const value = decodeBody({ contentType, contentEncoding, body, compression }, acceptContent);
  const [args, kwargs, embed] = Array.isArray(value) ? value : [];
  if (!Array.isArray(args) || typeof kwargs !== 'object' || kwargs === null)
    throw new DecodeError('the body is not [args, kwargs, embed]');
  return [args, kwargs, { ...NOTHING_FOLLOWS, ...embed }];
}
