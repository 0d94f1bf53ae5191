// Results as Celery writes them into messages: `[[id, parent], members]`.
import type { SignatureData } from '../message.js';
import { idOf } from './freeze.js';
import { kindOf, partsOf, tasksOf } from './signature-data.js';

/** A result and what it belongs to; members are `null` for one that is no group. */
export type ResultTuple = [[id: string, parent: ResultTuple | null], ResultTuple[] | null];

/** The result that a frozen signature will have. */
export function tupleOf(signature: SignatureData, parent: ResultTuple | null = null): ResultTuple {
  const kind = kindOf(signature);
  if (kind === 'chord') {
    const { header, body } = partsOf(signature);
    return tupleOf(body, tupleOf(header, parent));
  }
  if (kind === 'group')
    return [[idOf(signature), parent], tasksOf(signature).map((member) => tupleOf(member))];
  if (kind === 'call') return [[idOf(signature), parent], null];
  let result = parent;
  for (const step of tasksOf(signature)) result = tupleOf(step, result);
  return result ?? [[idOf(signature), null], null];
}

/** Whether a value is such a tuple. */
export function isResultTuple(value: unknown): value is ResultTuple {
  if (!Array.isArray(value) || !Array.isArray(value[0]) || typeof value[0][0] !== 'string') return false;
  return value[1] === null || value[1] === undefined || Array.isArray(value[1]);
}
