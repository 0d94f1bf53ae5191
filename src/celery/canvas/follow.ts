// What follows the end of a task: callbacks and the next step after a success, error callbacks and the failure of all that
// waited for it after a failure, and the body of a chord after the last of its header.
import { createHash } from 'node:crypto';
import { errorText } from '../../errors/index.js';
import type { ChordPart, Outgoing, ResultRecord } from '../broker/broker.js';
import { CeleryError, ChordError } from '../errors.js';
import {
  type Embed,
  pythonRepr,
  type SignatureData,
  type TaskHeaders,
  type TaskMessage,
} from '../message.js';
import { decodeResult, encodeResult, exceptionOf, failureRecord } from '../outcome.js';
import { readBody } from '../serialization/task-body.js';
import { SUCCESS } from '../states.js';
import { freeze, idOf } from './freeze.js';
import { launch, type Preparer } from './launch.js';
import { callsOf, listOf, type NewId } from './signature-data.js';
import { tupleOf } from './tuples.js';

/** What an application is needed for here. */
export interface FollowOwner extends Preparer {
  readonly acceptContent: readonly string[];
  readonly conf: { readonly resultSerializer: string };
}

/** What follows: calls, tasks that will never come with the state that they have therefore, and parts of chords. */
export interface Sequel {
  followers: Outgoing[];
  results: ResultRecord[];
  parts: ChordPart[];
}

/** Of the task that has ended. */
export interface EndedTask {
  id: string;
  rootId: string;
  replyTo: string;
}

/** Callbacks, and the next step of a chain. @throws CeleryError when one cannot be written */
export function afterSuccess(
  app: Preparer,
  { id, rootId, replyTo }: EndedTask,
  embed: Embed,
  value: unknown,
): { followers: Outgoing[]; children: unknown[] } {
  const newId = idsFrom(id);
  const given = { args: [value ?? null], rootId, parentId: id, replyTo, newId };
  const followers: Outgoing[] = [];
  const children: unknown[] = [];
  const follow = (signature: SignatureData, chain: SignatureData[] = []) => {
    const frozen = freeze(signature, newId);
    children.push(tupleOf(frozen));
    followers.push(...launch(app, frozen, { ...given, chain }));
  };
  for (const callback of embed.callbacks ?? []) follow(callback);
  const next = embed.chain?.at(-1);
  if (next) follow(next, embed.chain?.slice(0, -1));
  return { followers, children };
}

/** The place of a task in a chord, if it is of one's header; `record` says how it has ended. */
export function chordPart(
  headers: Pick<TaskHeaders, 'id' | 'root_id' | 'group' | 'group_index'>,
  chord: SignatureData | null,
  record: ResultRecord,
): ChordPart[] {
  const { id, root_id: rootId, group, group_index: index } = headers;
  const size = (chord as { chord_size?: unknown } | null)?.chord_size;
  if (!chord || group === null || index === null || typeof size !== 'number') return [];
  return [{ group, index, size, rootId: rootId ?? id, body: chord, record }];
}

/** What follows when a task has failed or was revoked, which its record says. It never throws. */
export function afterFailure(app: FollowOwner, message: TaskMessage, record: ResultRecord): Sequel {
  const sequel: Sequel = { followers: [], results: [], parts: [] };
  try {
    const [, , embed] = readBody(message, app.acceptContent);
    const { headers } = message;
    sequel.parts.push(...chordPart(headers, embed.chord, record));
    for (const step of embed.chain ?? []) failAll(app, step, record, sequel, headers.root_id);
    callErrbacks(app, embed.errbacks ?? [], message, sequel);
  } catch {
    // What cannot be read has said nothing of what is to follow it.
  }
  return sequel;
}

/** What follows when all calls of a chord's header have ended: its body, or the failure of that. */
export function afterChord(app: FollowOwner, last: ChordPart, records: ResultRecord[]): Sequel {
  const { body, rootId, record } = last;
  const newId = idsFrom(`${last.group} body`);
  try {
    const values = records.map((one) => resultOf(app, one));
    const frozen = freeze(body, newId);
    const followers = launch(app, frozen, {
      args: [values],
      rootId,
      parentId: record.id,
      replyTo: '',
      newId,
    });
    return { followers, results: [], parts: [] };
  } catch (error) {
    return chordFailed(app, last, error);
  }
}

/** @throws ChordError as Celery words it */
function resultOf(app: FollowOwner, record: ResultRecord): unknown {
  const body = decodeResult(record, app.acceptContent);
  if (body.status === SUCCESS) return body.result;
  const error = exceptionOf(body);
  throw new ChordError(`Dependency ${record.id} raised ${error.name}(${pythonRepr(error.message)})`);
}

function chordFailed(app: FollowOwner, { body, rootId, record }: ChordPart, error: unknown): Sequel {
  const sequel: Sequel = { followers: [], results: [], parts: [] };
  const reason = error instanceof CeleryError ? error : new ChordError(errorText(error));
  const first = callsOf(body)[0];
  const id = first ? idOf(first) : record.id;
  const failed = failureRecord(id, reason, app.conf.resultSerializer);
  failAll(app, body, failed, sequel, rootId);
  const headers = { id, root_id: rootId } as TaskHeaders;
  const message = { headers, properties: { reply_to: '' } } as TaskMessage;
  callErrbacks(app, listOf(first?.options['link_error']), message, sequel);
  return sequel;
}

/** All calls of a signature end in this way, and count as such for the chords that they are of. */
function failAll(
  app: FollowOwner,
  signature: SignatureData,
  record: ResultRecord,
  sequel: Sequel,
  rootId: string,
): void {
  const body = decodeResult(record, app.acceptContent);
  for (const { options } of callsOf(signature)) {
    const { task_id: id, group_id: group, group_index: index, chord } = options as Record<string, unknown>;
    if (typeof id !== 'string') continue;
    const own = encodeResult({ ...body, task_id: id, children: [] }, app.conf.resultSerializer);
    sequel.results.push(own);
    if (typeof group !== 'string' || typeof index !== 'number') continue;
    const headers = { id, root_id: rootId, group, group_index: index };
    sequel.parts.push(...chordPart(headers, (chord ?? null) as SignatureData | null, own));
  }
}

/** Each gets the id of the task that failed. One that cannot be sent keeps none of the others from it. */
function callErrbacks(
  app: FollowOwner,
  errbacks: SignatureData[],
  { headers, properties }: TaskMessage,
  sequel: Sequel,
): void {
  const newId = idsFrom(`${headers.id} errback`);
  for (const errback of errbacks) {
    try {
      const frozen = freeze(errback, newId);
      sequel.followers.push(
        ...launch(app, frozen, {
          args: [headers.id],
          rootId: headers.root_id ?? headers.id,
          parentId: headers.id,
          replyTo: properties.reply_to ?? '',
          newId,
        }),
      );
    } catch {
      // The failure itself is kept with its own reason.
    }
  }
}

/** The same ids each time: what is sent again after a crash is recognised. */
function idsFrom(seed: string): NewId {
  let count = 0;
  return () => {
    count += 1;
    const hex = createHash('sha1').update(`${seed} ${count}`).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
}
