// Freezing: every call of a signature gets its id before anything is sent, so that each can be awaited, and a follow-up
// that is sent twice is recognised.
import type { SignatureData } from '../message.js';
import {
  chainData,
  chordData,
  groupData,
  kindOf,
  listOf,
  type NewId,
  partsOf,
  plain,
  tasksOf,
  type WireOptions,
} from './signature-data.js';

/** Where the signature stands in a larger one; what waits for that waits for its last call. */
export interface Place {
  id?: string | undefined;
  groupId?: string;
  groupIndex?: number;
  chord?: SignatureData;
}

/** Celery's task that passes its arguments on. */
const ACCUMULATE: SignatureData = {
  task: 'celery.accumulate',
  args: [],
  kwargs: { index: 0 },
  options: {},
  subtask_type: null,
  immutable: false,
};

/** The same with ids; those that it has already it keeps. */
export function freeze(signature: SignatureData, newId: NewId, place: Place = {}): SignatureData {
  const kind = kindOf(signature);
  if (kind === 'chain') return freezeChain(signature, newId, place);
  if (kind === 'group') return freezeGroup(signature, newId, place);
  return kind === 'chord' ? freezeChord(signature, newId, place) : freezeCall(signature, newId, place);
}

/** Id of a frozen signature: of a chain and a chord that of its last call, of a group its own. */
export function idOf(signature: SignatureData): string {
  return String(signature.options['task_id']);
}

function freezeCall(
  signature: SignatureData,
  newId: NewId,
  { id, groupId, groupIndex, chord }: Place,
): SignatureData {
  const frozen = plain(signature);
  const { options } = frozen;
  options['task_id'] ??= id ?? newId();
  if (groupId !== undefined) options['group_id'] ??= groupId;
  if (groupIndex !== undefined) options['group_index'] ??= groupIndex;
  if (chord) options['chord'] ??= chord;
  return frozen;
}

function freezeChain(signature: SignatureData, newId: NewId, place: Place): SignatureData {
  const steps = straighten(signature, newId);
  const id = (signature.options['task_id'] as string | undefined) ?? place.id;
  const frozen = steps.map((step, index) =>
    freeze(step, newId, index === steps.length - 1 ? { ...place, id } : {}),
  );
  const last = frozen.at(-1);
  const task_id = last ? idOf(last) : (id ?? newId());
  return chainData(frozen, { ...withoutLinks(signature.options), task_id });
}

function freezeGroup(signature: SignatureData, newId: NewId, place: Place): SignatureData {
  // Whoever waits for a group as for one call waits for the list of its results.
  if (place.chord) return freeze(chordData(signature, ACCUMULATE), newId, place);
  const groupId = String(signature.options['task_id'] ?? place.id ?? newId());
  const errbacks = listOf(signature.options['link_error']);
  const members = membersOf(signature).map((member) => withLinks(member, [], errbacks));
  const frozen = members.map((member, groupIndex) => freeze(member, newId, { groupId, groupIndex }));
  return { ...groupData(frozen, { ...withoutLinks(signature.options), task_id: groupId }) };
}

function freezeChord(signature: SignatureData, newId: NewId, place: Place): SignatureData {
  const { options } = signature;
  const { header, body } = partsOf(signature);
  const id = (options['task_id'] as string | undefined) ?? place.id;
  const linked = withLinks(body, listOf(options['link']), listOf(options['link_error']));
  const frozenBody = freeze(linked, newId, { ...place, id });
  const frozenHeader = freeze(withArgs(asGroup(header), signature), newId);
  return chordData(frozenHeader, frozenBody, { ...withoutLinks(options), task_id: idOf(frozenBody) });
}

/**
 * Steps of a chain, as Celery prepares them: chains in it are spliced in, a group of one is that one, a group that is
 * followed is the header of a chord. What follows a chord follows its body, so that a group or chord is always last.
 */
function straighten(signature: SignatureData, newId: NewId): SignatureData[] {
  const steps = spliced(signature);
  const index = steps.findIndex((step) => kindOf(step) !== 'call');
  const step = steps[index];
  if (!step || index === steps.length - 1) return steps;
  const rest = steps.slice(index + 1);
  if (kindOf(step) === 'group') return [...steps.slice(0, index), chordData(step, oneOf(rest))];
  const { header, body } = partsOf(step);
  const { task_id: id, ...options } = step.options;
  // The chord's id was that of its body.
  const kept = id === undefined ? body : freeze(body, newId, { id: String(id) });
  const joined = { ...step, options, kwargs: { ...step.kwargs, header, body: chainData([kept, ...rest]) } };
  return [...steps.slice(0, index), joined];
}

function oneOf(steps: SignatureData[]): SignatureData {
  return steps.length === 1 && steps[0] ? steps[0] : chainData(steps);
}

function spliced(signature: SignatureData): SignatureData[] {
  const kind = kindOf(signature);
  const isSingle = kind === 'group' && tasksOf(signature).length === 1;
  if (kind !== 'chain' && !isSingle) return [signature];
  const steps = tasksOf(signature).flatMap(spliced);
  const [first, ...others] = steps;
  if (!first) return [];
  const all = [withArgs(first, signature), ...others];
  const callbacks = listOf(signature.options['link']);
  const errbacks = listOf(signature.options['link_error']);
  return all.map((step, index) => withLinks(step, index === all.length - 1 ? callbacks : [], errbacks));
}

/** Members of a group: groups in it are unrolled, chains of nothing left out. */
function membersOf(signature: SignatureData): SignatureData[] {
  return tasksOf(signature).flatMap((member) => {
    const given = withArgs(member, signature);
    if (kindOf(given) === 'chain' && spliced(given).length === 0) return [];
    return kindOf(given) === 'group' ? membersOf(given) : [given];
  });
}

function asGroup(header: SignatureData): SignatureData {
  return kindOf(header) === 'group' ? header : groupData([header]);
}

/** With the arguments that were given to what it is part of. */
function withArgs(signature: SignatureData, { args, immutable, subtask_type }: SignatureData): SignatureData {
  if (immutable && subtask_type !== 'chunks') return { ...signature, immutable: true };
  if (signature.immutable || (args ?? []).length === 0) return signature;
  return { ...signature, args: [...args, ...signature.args] };
}

function withLinks(
  signature: SignatureData,
  callbacks: SignatureData[],
  errbacks: SignatureData[],
): SignatureData {
  if (callbacks.length + errbacks.length === 0) return signature;
  const options: WireOptions = { ...signature.options };
  if (callbacks.length > 0) options['link'] = [...listOf(options['link']), ...callbacks];
  if (errbacks.length > 0) options['link_error'] = [...listOf(options['link_error']), ...errbacks];
  return { ...signature, options };
}

/** They have gone to those calls that they are for. */
function withoutLinks({ link: _, link_error: __, ...options }: WireOptions): WireOptions {
  return options;
}
