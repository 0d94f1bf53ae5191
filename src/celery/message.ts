// The task message, Celery's protocol 2: what a call becomes, and what a worker reads.
import type { EncodedBody } from './serialization/index.js';

/** Headers of a task message, by the names that they have on the wire. */
export interface TaskHeaders {
  lang: string;
  /** Name of the task. */
  task: string;
  /** Id of this call. */
  id: string;
  root_id: string;
  parent_id: string | null;
  group: string | null;
  group_index: number | null;
  retries: number;
  /** When it is due, ISO 8601 with six decimals. */
  eta: string | null;
  expires: string | null;
  /** Hard and soft, in seconds. */
  timelimit: [number | null, number | null];
  argsrepr: string;
  kwargsrepr: string;
  origin: string;
  shadow: string | null;
  ignore_result: boolean;
  replaced_task_nesting: number;
  stamped_headers: string[] | null;
  stamps: Record<string, unknown>;
  /** Headers of the caller's own. */
  [name: string]: unknown;
}

/** AMQP properties of a task message. */
export interface TaskProperties {
  correlation_id: string;
  reply_to: string;
  delivery_mode: 2;
  priority: number;
  content_type: string;
  content_encoding: string;
  /** In ms, as text. */
  expiration?: string;
}

/** A whole message. */
export interface TaskMessage {
  headers: TaskHeaders;
  properties: TaskProperties;
  body: Uint8Array;
}

/** What follows a task, in its message's body. */
export interface Embed {
  callbacks: SignatureData[] | null;
  errbacks: SignatureData[] | null;
  /** The last element is next. */
  chain: SignatureData[] | null;
  chord: SignatureData | null;
}

/** A call that is yet to be made, as it stands in messages. */
export interface SignatureData {
  task: string;
  args: unknown[];
  kwargs: Record<string, unknown>;
  options: Record<string, unknown>;
  subtask_type: string | null;
  immutable: boolean;
}

/** Body of a task message. */
export type TaskBody = [args: unknown[], kwargs: Record<string, unknown>, embed: Embed];

/** Nothing follows. */
export const NOTHING_FOLLOWS: Embed = { callbacks: null, errbacks: null, chain: null, chord: null };

/** What a call says, besides its arguments. */
export interface MessageDraft {
  id: string;
  task: string;
  args: readonly unknown[];
  kwargs: Record<string, unknown>;
  encoded: EncodedBody;
  rootId: string | undefined;
  parentId: string | undefined;
  groupId: string | undefined;
  groupIndex: number | undefined;
  retries: number;
  etaMs: number | undefined;
  expiresMs: number | undefined;
  nowMs: number;
  timeLimitS: number | undefined;
  softTimeLimitS: number | undefined;
  priority: number;
  replyTo: string;
  origin: string;
  shadow: string | undefined;
  ignoreResult: boolean;
  headers: Record<string, unknown> | undefined;
}

/** Makes the message of a call. */
export function buildMessage(draft: MessageDraft): TaskMessage {
  const { id, encoded, expiresMs } = draft;
  const headers: TaskHeaders = {
    lang: 'js',
    task: draft.task,
    id,
    root_id: draft.rootId ?? id,
    parent_id: draft.parentId ?? null,
    group: draft.groupId ?? null,
    group_index: draft.groupIndex ?? null,
    retries: draft.retries,
    eta: draft.etaMs === undefined ? null : isoMicroseconds(draft.etaMs),
    expires: expiresMs === undefined ? null : isoMicroseconds(expiresMs),
    timelimit: [draft.timeLimitS ?? null, draft.softTimeLimitS ?? null],
    argsrepr: pythonRepr(draft.args),
    kwargsrepr: pythonRepr(draft.kwargs),
    origin: draft.origin,
    shadow: draft.shadow ?? null,
    ignore_result: draft.ignoreResult,
    replaced_task_nesting: 0,
    stamped_headers: null,
    stamps: {},
  };
  const properties: TaskProperties = {
    correlation_id: id,
    reply_to: draft.replyTo,
    delivery_mode: 2,
    priority: draft.priority,
    content_type: encoded.contentType,
    content_encoding: encoded.contentEncoding,
  };
  if (expiresMs !== undefined)
    properties.expiration = String(Math.max(0, Math.round(expiresMs - draft.nowMs)));
  return {
    headers: draft.headers ? { ...draft.headers, ...headers } : headers,
    properties,
    body: encoded.body,
  };
}

/** `2026-11-23T19:21:03.933812+00:00`: old Celery reads three decimals as microseconds. */
export function isoMicroseconds(timeMs: number): string {
  const wholeMs = Math.floor(timeMs);
  const microseconds = Math.floor((timeMs - wholeMs) * 1000);
  const text = new Date(wholeMs).toISOString().slice(0, -1);
  return `${text}${String(microseconds).padStart(3, '0')}+00:00`;
}

/** Longest text of arguments for display. */
const LONGEST_REPR = 1024;

/** Arguments as Python would show them; for display only, and cut. */
export function pythonRepr(value: unknown): string {
  const text = repr(value, LONGEST_REPR);
  return text.length > LONGEST_REPR ? `${text.slice(0, LONGEST_REPR - 1)}…` : text;
}

function repr(value: unknown, room: number): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return `'${value.slice(0, room).replace(/[\\']/g, '\\$&')}'`;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (Array.isArray(value)) return `[${pieces(value.values(), room, (item, left) => repr(item, left))}]`;
  const entries = Object.entries(value as object);
  return `{${pieces(entries.values(), room, ([key, item], left) => `'${key}': ${repr(item, left)}`)}}`;
}

/** Only as many as can be shown. */
function pieces<T>(items: Iterable<T>, room: number, text: (item: T, left: number) => string): string {
  let all = '';
  for (const item of items) {
    if (all.length > room) return `${all}, …`;
    const piece = text(item, room - all.length);
    all += all === '' ? piece : `, ${piece}`;
  }
  return all;
}
