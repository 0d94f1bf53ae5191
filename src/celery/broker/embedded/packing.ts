// Messages and results as the mesh carries them.
import { pack, unpack } from 'msgpackr';
import { errorText } from '../../../errors/index.js';
import type { Sequel } from '../../canvas/follow.js';
import type { TaskHeaders, TaskMessage, TaskProperties } from '../../message.js';
import { DecodeError } from '../../serialization/index.js';
import type { ChordPart, Outgoing, ResultRecord } from '../broker.js';
import type { PackedPart, PackedResult, PackedTask } from './protocol.js';

/** A message as bytes, which the broker does not read. */
export function packMessage({ headers, properties, body }: TaskMessage): Uint8Array {
  return pack([headers, properties, body]);
}

/** @throws DecodeError */
export function unpackMessage(bytes: Uint8Array): TaskMessage {
  let parts: unknown;
  try {
    parts = unpack(bytes);
  } catch (error) {
    throw new DecodeError(`the message is no MessagePack: ${errorText(error)}`, error);
  }
  const [headers, properties, body] = Array.isArray(parts) ? parts : [];
  if (typeof headers?.task !== 'string' || typeof headers.id !== 'string' || !(body instanceof Uint8Array))
    throw new DecodeError('the message has no headers task and id, or no body');
  if (typeof properties !== 'object' || properties === null)
    throw new DecodeError('the message has no properties');
  return { headers: headers as TaskHeaders, properties: properties as TaskProperties, body };
}

export function packOutgoing(outgoing: Outgoing): PackedTask {
  const { id, queue, priority, etaMs = 0, expiresMs = 0, ignoreResult, message } = outgoing;
  return [id, queue, priority, etaMs, expiresMs, ignoreResult, packMessage(message)];
}

export function unpackOutgoing(task: PackedTask): Outgoing {
  const [id, queue, priority, etaMs, expiresMs, ignoreResult, message] = task;
  const [eta, expires] = [etaMs || undefined, expiresMs || undefined];
  return {
    id,
    queue,
    priority,
    etaMs: eta,
    expiresMs: expires,
    ignoreResult,
    message: unpackMessage(message),
  };
}

export function packPart({ group, index, size, rootId, body, record }: ChordPart): PackedPart {
  return [group, index, size, rootId, pack(body), packResult(record)];
}

export function unpackPart([group, index, size, rootId, body, record]: PackedPart): ChordPart {
  return { group, index, size, rootId, body: unpack(body), record: unpackResult(record) };
}

export function packResult({ id, status, contentType, body }: ResultRecord): PackedResult {
  return [id, status, contentType, body];
}

export function unpackResult([id, status, contentType, body]: PackedResult): ResultRecord {
  return { id, status, contentType, body };
}

/** What follows a task, packed. */
export interface PackedSequel {
  followers: PackedTask[];
  results: PackedResult[];
  parts: PackedPart[];
}

export function packSequel({ followers, results, parts }: Sequel): PackedSequel {
  return {
    followers: followers.map(packOutgoing),
    results: results.map(packResult),
    parts: parts.map(packPart),
  };
}
