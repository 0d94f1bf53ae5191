// Options of calls by Celery's names, as signatures hold them, and by ours.
import { CeleryError } from '../errors.js';
import type { SignatureData } from '../message.js';
import type { CallOptions } from '../task.js';
import { isSignature, plain, type WireOptions } from './signature-data.js';

type Kind = 'number' | 'string' | 'boolean' | 'time' | 'object' | 'signature' | 'signatures';

const OPTIONS: readonly (readonly [ours: keyof CallOptions, theirs: string, kind: Kind])[] = [
  ['countdown', 'countdown', 'number'],
  ['eta', 'eta', 'time'],
  ['expires', 'expires', 'time'],
  ['queue', 'queue', 'string'],
  ['priority', 'priority', 'number'],
  ['taskId', 'task_id', 'string'],
  ['retry', 'retry', 'boolean'],
  ['link', 'link', 'signatures'],
  ['linkError', 'link_error', 'signatures'],
  ['headers', 'headers', 'object'],
  ['serializer', 'serializer', 'string'],
  ['ignoreResult', 'ignore_result', 'boolean'],
  ['timeLimit', 'time_limit', 'number'],
  ['softTimeLimit', 'soft_time_limit', 'number'],
  ['shadow', 'shadow', 'string'],
  ['replyTo', 'reply_to', 'string'],
  ['rootId', 'root_id', 'string'],
  ['parentId', 'parent_id', 'string'],
  ['groupId', 'group_id', 'string'],
  ['groupIndex', 'group_index', 'number'],
  ['chain', 'chain', 'signatures'],
  ['chord', 'chord', 'signature'],
  ['retries', 'retries', 'number'],
];

/** As a signature holds them. */
export function toWire(options: CallOptions): WireOptions {
  const wire: WireOptions = {};
  for (const [ours, theirs, kind] of OPTIONS) {
    const value = options[ours];
    if (value === undefined) continue;
    if (kind === 'signature') wire[theirs] = plain(value as SignatureData);
    else if (kind === 'signatures')
      wire[theirs] = (Array.isArray(value) ? (value as SignatureData[]) : [value as SignatureData]).map(
        plain,
      );
    else wire[theirs] = value instanceof Date ? value.toISOString() : value;
  }
  return wire;
}

/** As a call takes them; options that only Celery on AMQP knows are passed over. @throws CeleryError `INVALID_TASK` */
export function fromWire(wire: WireOptions, task: string): CallOptions {
  const options: Record<string, unknown> = {};
  for (const [ours, theirs, kind] of OPTIONS) {
    const value = wire[theirs];
    if (value === undefined || value === null) continue;
    options[ours] = read(value, kind, `option ${theirs} of the signature of ${task}`);
  }
  return options as CallOptions;
}

function read(value: unknown, kind: Kind, what: string): unknown {
  if (kind === 'time' && (typeof value === 'string' || value instanceof Date)) {
    const time = new Date(value);
    if (!Number.isNaN(time.getTime())) return time;
  } else if (kind === 'time') {
    if (typeof value === 'number') return value;
  } else if (kind === 'signatures') {
    const list = Array.isArray(value) ? value : [value];
    if (list.every(isSignature)) return list;
  } else if (kind === 'signature') {
    if (isSignature(value)) return value;
  } else if (typeof value === kind) return value;
  throw new CeleryError('INVALID_TASK', `${what} is ${JSON.stringify(value)}: expected ${EXPECTED[kind]}`);
}

const EXPECTED: Readonly<Record<Kind, string>> = {
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  object: 'an object',
  time: 'seconds or a time in ISO 8601',
  signature: 'a signature',
  signatures: 'a list of signatures',
};
