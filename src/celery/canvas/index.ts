// The canvas: calls in a row, side by side, and what waits for them.
import { CeleryError } from '../errors.js';
import type { GroupResult } from '../group-result.js';
import type { SignatureData } from '../message.js';
import type { TaskClass } from '../task.js';
import { type AnySignature, type ResultOf, Signature, type ValueOf } from './signature.js';
import { chainData, chordData, chunksData, groupData, mapData, plain, tasksOf } from './signature-data.js';

export { Signature, type SignatureParts, type Suffix, signature, type ValueOf } from './signature.js';
export type { ResultTuple } from './tuples.js';

/** One after the other, each with the result of the one before as its first argument. */
export class Chain<Last extends AnySignature = Signature> extends Signature<ValueOf<Last>, ResultOf<Last>> {
  get tasks(): SignatureData[] {
    return tasksOf(this);
  }
}

/** All at the same time. */
export class Group<T extends readonly unknown[] = unknown[]> extends Signature<T, GroupResult<T>> {
  get tasks(): SignatureData[] {
    return tasksOf(this);
  }

  /** @throws CeleryError `INVALID_TASK`: what follows a group is the body of a chord */
  override link<S extends SignatureData>(_callback: S): S {
    throw new CeleryError('INVALID_TASK', 'a group has no result to hand on: use chord(group, callback)');
  }
}

/** A group, and a body that gets the list of its results. */
export class Chord<Body extends AnySignature = Signature> extends Signature<ValueOf<Body>, ResultOf<Body>> {}

/** Values of signatures, in their order. */
type ValuesOf<S extends readonly AnySignature[]> = { -readonly [K in keyof S]: ValueOf<S[K]> };

/**
 * Steps, each with the result of the one before as its first argument unless it is immutable. A group that something
 * follows becomes a chord; a group of one is that one.
 */
export function chain<Last extends AnySignature>(...steps: [...AnySignature[], Last]): Chain<Last> {
  return new Chain<Last>(chainData(steps.map(plain)));
}

/** Calls that are made at the same time. */
export function group<const S extends readonly AnySignature[]>(...members: S): Group<ValuesOf<S>>;
export function group<S extends AnySignature>(members: readonly S[]): Group<ValueOf<S>[]>;
export function group(...members: readonly (AnySignature | readonly AnySignature[])[]): Group {
  return new Group(groupData(members.flat().map((member) => plain(member as SignatureData))));
}

/** A header of calls that are made at the same time; the body gets the list of their results. */
export function chord<Body extends AnySignature>(
  header: readonly AnySignature[] | Group<readonly unknown[]>,
  body: Body,
): Chord<Body> {
  const members = Array.isArray(header) ? groupData(header.map(plain)) : plain(header as SignatureData);
  return new Chord<Body>(chordData(members, plain(body)));
}

/** As many calls as there are parts of `n` of a list of arguments; each returns the list of its part's results. */
export function chunks<A extends unknown[], R>(
  task: TaskClass<A, R> | AnySignature,
  it: readonly A[],
  n: number,
): Group<R[][]> {
  if (!(n >= 1)) throw new CeleryError('INVALID_TASK', `chunks of ${n}: expected at least 1`);
  return new Group<R[][]>(chunksData(signatureOf(task), [...it], n));
}

/** One call that runs the task for each argument, in turn. */
export function xmap<T, R>(task: TaskClass<[T], R> | AnySignature, it: readonly T[]): Signature<R[]> {
  return new Signature<R[]>(mapData('map', signatureOf(task), [...it]));
}

/** One call that runs the task for each list of arguments, in turn. */
export function starmap<A extends unknown[], R>(
  task: TaskClass<A, R> | AnySignature,
  it: readonly A[],
): Signature<R[]> {
  return new Signature<R[]>(mapData('starmap', signatureOf(task), [...it]));
}

// biome-ignore lint/suspicious/noExplicitAny: of whatever arguments
function signatureOf(task: TaskClass<any, any> | AnySignature): SignatureData {
  if (task instanceof Signature) return plain(task);
  return { task: task.name, args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false };
}
