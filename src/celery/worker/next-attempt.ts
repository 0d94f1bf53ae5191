// The next attempt of a task: the same message, due later, counted as one retry more.
import type { Celery } from '../app.js';
import type { Outgoing } from '../broker/broker.js';
import { checkOptions } from '../call-options.js';
import type { Retry } from '../errors.js';
import { isoMicroseconds, pythonRepr, type TaskBody, type TaskMessage } from '../message.js';
import {
  encodeBody,
  serializerOf,
  TASK_BODY_NAMES,
  WRITABLE_SERIALIZER_NAMES,
} from '../serialization/index.js';

/** All that the call was given is kept, but for what the retry says itself. @throws CeleryError when that cannot be sent */
export function nextAttempt(
  app: Celery,
  { whenMs, overrides }: Retry,
  { headers, properties }: TaskMessage,
  [oldArgs, oldKwargs, embed]: TaskBody,
  oldQueue: string,
): Outgoing {
  const { args = oldArgs, kwargs = oldKwargs, queue = oldQueue } = overrides;
  const priority = overrides.priority ?? properties.priority ?? 0;
  checkOptions(headers.task, { queue, priority });
  const read = serializerOf(properties.content_type);
  // Pickle can be read, and not written.
  const isWritable = WRITABLE_SERIALIZER_NAMES.some((name) => name === read);
  const serializer = read && isWritable ? read : app.conf.taskSerializer;
  const encoded = encodeBody([args, kwargs, embed], serializer, TASK_BODY_NAMES);
  const { compression: _, ...kept } = headers;
  const expiresMs = headers.expires ? Date.parse(headers.expires) : undefined;
  return {
    id: headers.id,
    queue,
    priority,
    etaMs: whenMs,
    expiresMs,
    ignoreResult: headers.ignore_result ?? false,
    message: {
      headers: {
        ...(kept as TaskMessage['headers']),
        retries: (headers.retries ?? 0) + 1,
        eta: isoMicroseconds(whenMs),
        argsrepr: pythonRepr(args),
        kwargsrepr: pythonRepr(kwargs),
      },
      properties: {
        ...properties,
        priority,
        content_type: encoded.contentType,
        content_encoding: encoded.contentEncoding,
        ...(expiresMs !== undefined && { expiration: expirationMs(expiresMs, app) }),
      },
      body: encoded.body,
    },
  };
}

function expirationMs(expiresMs: number, { clock }: Celery): string {
  return String(Math.max(0, Math.round(expiresMs - clock.now())));
}
