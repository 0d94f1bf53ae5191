// How the end of a task is written and read: `{task_id, status, result, traceback, children}`.
import { errorText, PyrosError, shorten } from '../errors/index.js';
import type { ResultRecord } from './broker/broker.js';
import {
  CeleryError,
  ChordError,
  MaxRetriesExceededError,
  MessageTooLarge,
  NotRegistered,
  RemoteError,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  TimeLimitExceeded,
  WorkerLostError,
} from './errors.js';
import { ContentDisallowed, DecodeError, decodeBody, encodeBody } from './serialization/index.js';
import { FAILURE } from './states.js';

/** What a state holds, as Celery writes it. */
export interface ResultBody {
  task_id: string;
  status: string;
  result: unknown;
  traceback: string | null;
  children: unknown[];
}

/** An exception in a result. */
export interface ExceptionData {
  exc_type: string;
  exc_message: unknown[];
  exc_module: string;
}

/** Texts of an error that are kept: what is longer holds data, and would be passed on with each step of a chain. */
const LONGEST_TEXT = 16 * 1024;
const CELERY_MODULE = 'celery.exceptions';

/** Celery's own exceptions come back as their classes. */
const CLASSES: Readonly<Record<string, new (message: string) => PyrosError>> = {
  TaskRevokedError,
  WorkerLostError,
  NotRegistered,
  SoftTimeLimitExceeded,
  TimeLimitExceeded,
  MaxRetriesExceededError,
  ContentDisallowed,
  DecodeError,
  ChordError,
  MessageTooLarge,
};

/** Writes a state. @throws EncodeError */
export function encodeResult(body: ResultBody, serializer: string): ResultRecord {
  const { contentType, body: bytes } = encodeBody(body, serializer);
  return { id: body.task_id, status: body.status, contentType, body: bytes };
}

/** Reads a state. @throws ContentDisallowed, DecodeError */
export function decodeResult(record: ResultRecord, acceptContent: readonly string[]): ResultBody {
  const contentEncoding = record.contentType === 'application/x-msgpack' ? 'binary' : 'utf-8';
  const { contentType, body } = record;
  const value = decodeBody(
    { contentType, contentEncoding, body },
    acceptContent,
  ) as Partial<ResultBody> | null;
  if (typeof value !== 'object' || value === null)
    throw new DecodeError(`the result of ${record.id} is no object`);
  return {
    task_id: record.id,
    status: record.status,
    result: value.result ?? null,
    traceback: value.traceback ?? null,
    children: Array.isArray(value.children) ? value.children : [],
  };
}

/** A task failed with this error. */
export function failureRecord(
  id: string,
  error: unknown,
  serializer: string,
  status: string = FAILURE,
  children: unknown[] = [],
): ResultRecord {
  const traceback = error instanceof Error ? cut(error.stack ?? '') || null : null;
  const result = exceptionData(error);
  return encodeResult({ task_id: id, status, result, traceback, children }, serializer);
}

/** An error as it stands in a result. */
export function exceptionData(error: unknown): ExceptionData {
  if (error instanceof RemoteError)
    return {
      exc_type: error.excType,
      exc_message: error.excMessage.map(shortened),
      exc_module: error.excModule,
    };
  const isCelery = error instanceof CeleryError;
  const type = error instanceof Error ? error.constructor.name || error.name : 'Error';
  const text = error instanceof PyrosError || error instanceof Error ? error.message : errorText(error);
  return { exc_type: type, exc_message: [cut(text)], exc_module: isCelery ? CELERY_MODULE : 'builtins' };
}

const FEW_CHARACTERS = 80;

/** The same failure in few words. @throws ContentDisallowed, DecodeError */
export function inFewWords(
  record: ResultRecord,
  acceptContent: readonly string[],
  serializer: string,
): ResultRecord {
  const body = decodeResult(record, acceptContent);
  const text = exceptionOf(body).message.slice(0, FEW_CHARACTERS);
  const result = { ...(body.result as ExceptionData), exc_message: [text] };
  return encodeResult({ ...body, result, traceback: null }, serializer);
}

function shortened(value: unknown): unknown {
  return typeof value === 'string' ? cut(value) : value;
}

/** A text of an error, as much of it as is kept. */
export function cut(text: string): string {
  return shorten(text, LONGEST_TEXT);
}

/** The error of a result. */
export function exceptionOf(body: ResultBody): PyrosError {
  const {
    exc_type: type,
    exc_message: message,
    exc_module: module,
  } = (body.result ?? {}) as Partial<ExceptionData>;
  const name = typeof type === 'string' ? type : 'Error';
  const args = Array.isArray(message) ? message : [message ?? name];
  const known = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  const error = known
    ? new known(args.map(String).join(', '))
    : new RemoteError(name, args, String(module ?? ''));
  if (body.traceback) error.stack = body.traceback;
  return error;
}
