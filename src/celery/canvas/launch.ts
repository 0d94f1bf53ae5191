// What a frozen signature sends at first: all that need not wait for something else of it.
import type { Config } from '../../config/index.js';
import type { Outgoing } from '../broker/broker.js';
import type { SignatureData } from '../message.js';
import { checkSize } from '../message-size.js';
import type { CallOptions } from '../task.js';
import { freeze } from './freeze.js';
import {
  chainData,
  kindOf,
  listOf,
  type NewId,
  partsOf,
  plain,
  tasksOf,
  type WireOptions,
} from './signature-data.js';
import { fromWire } from './wire-options.js';

/** What makes messages: an application. */
export interface Preparer {
  readonly config: Config;
  queueOf(name: string): string;
  prepare(
    name: string,
    args: readonly unknown[],
    kwargs: Record<string, unknown>,
    options: CallOptions,
  ): Outgoing;
}

/** What a signature is given when it is called. */
export interface Launch {
  args?: readonly unknown[];
  kwargs?: Record<string, unknown>;
  /** Options that win over its own. */
  options?: WireOptions;
  /** Steps of a chain that come after it, the last element next. */
  chain?: SignatureData[];
  rootId?: string;
  parentId?: string;
  /** To whom states go that name nobody. */
  replyTo?: string;
  newId: NewId;
}

/** Options that are of one call, and not handed to its parts. */
const OWN = new Set([
  'task_id',
  'group_id',
  'group_index',
  'chord',
  'chain',
  'link',
  'link_error',
  'reply_to',
]);
/** They go where the tasks go that they run. */
const MAPPINGS = new Set(['celery.map', 'celery.starmap']);
const OF_TIME = new Set(['countdown', 'eta', 'expires']);

/** Messages of the calls with which it begins. @throws CeleryError when one cannot be written */
export function launch(app: Preparer, signature: SignatureData, given: Launch): Outgoing[] {
  const kind = kindOf(signature);
  if (kind === 'call') return [launchCall(app, signature, given)];
  const { chain = [], ...rest } = given;
  if (chain.length > 0)
    return launch(app, freeze(chainData([signature, ...chain.toReversed()]), given.newId), rest);
  const args = signature.immutable ? [] : [...(given.args ?? []), ...signature.args];
  const options = { ...without(signature.options, OWN), ...given.options };
  const inner = { ...rest, args, options };
  if (kind === 'chain') return launchChain(app, tasksOf(signature), inner);
  if (kind === 'chord') return launchChord(app, signature, inner);
  return tasksOf(signature).flatMap((member) => launch(app, member, inner));
}

function launchCall(app: Preparer, signature: SignatureData, given: Launch): Outgoing {
  const { task, immutable } = signature;
  const { args = [], kwargs = {}, chain = [], rootId, parentId, replyTo } = given;
  const ownChain = listOf(signature.options['chain']);
  const options = fromWire({ ...signature.options, ...given.options }, task);
  const mapped = MAPPINGS.has(task) ? (signature.kwargs['task'] as SignatureData) : undefined;
  const allArgs = immutable ? (signature.args ?? []) : [...args, ...(signature.args ?? [])];
  const allKwargs = immutable ? { ...signature.kwargs } : { ...signature.kwargs, ...kwargs };
  const outgoing = app.prepare(task, allArgs, allKwargs, {
    ...(replyTo !== undefined && { replyTo }),
    ...(mapped && { queue: mappedQueue(app, mapped) }),
    ...options,
    ...(rootId !== undefined && { rootId }),
    ...(parentId !== undefined && { parentId }),
    ...(chain.length + ownChain.length > 0 && { chain: [...chain, ...ownChain] }),
  });
  checkSize(app.config, `the message of task ${task}[${outgoing.id}]`, outgoing.message.body.length);
  return outgoing;
}

function mappedQueue(app: Preparer, { task, options }: SignatureData): string {
  const { queue } = options ?? {};
  return typeof queue === 'string' ? queue : app.queueOf(task);
}

function launchChain(app: Preparer, [first, ...others]: SignatureData[], given: Launch): Outgoing[] {
  if (!first) return [];
  return launch(app, first, { ...given, chain: others.toReversed() });
}

/** Each call of the header bears the body and how many there are: the last one to end finds all that is needed. */
function launchChord(app: Preparer, signature: SignatureData, given: Launch): Outgoing[] {
  const { header, body } = partsOf(signature);
  const options = without(given.options ?? {}, OF_TIME);
  const members = tasksOf(header);
  const groupId = String(header.options['task_id']);
  const waiting = { ...plain(body), options: { ...body.options, ...options }, chord_size: members.length };
  if (members.length === 0) return launch(app, waiting, { ...given, args: [[]], kwargs: {}, options: {} });
  return members.flatMap((member, groupIndex) =>
    launch(app, freeze(member, given.newId, { groupId, groupIndex, chord: waiting }), given),
  );
}

function without(options: WireOptions, names: ReadonlySet<string>): WireOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.has(name)));
}
