// A report that the broker can never take, as something in it is beyond what messages may hold: it goes again in single
// pieces, so that only the one to blame suffers, and that is told as a failure.
import { errorCode, errorText } from '../../../errors/index.js';
import { CeleryError, MessageTooLarge } from '../../errors.js';
import { failureRecord } from '../../outcome.js';
import { packResult } from './packing.js';
import type { PackedOutcome } from './protocol.js';
import { emptyBatch, isEmpty, type ReportBatch } from './report-batch.js';

const HOPELESS: ReadonlySet<string> = new Set(['BAD_PAYLOAD', 'MESSAGE_TOO_LARGE']);

/** Whether a report would be refused each time. */
export function isHopeless(error: unknown): boolean {
  return HOPELESS.has(errorCode(error) ?? '');
}

/** What goes instead of a report that was refused. A state on the way is dropped, and events are. */
export function insteadOf(refused: ReportBatch, error: unknown): ReportBatch[] {
  const { place, states, ended } = refused;
  const all = { ...refused, states: [], ended: [], events: [] };
  if (isEmpty(all) && states.length + ended.length <= 1)
    return ended.map((one) => alone(failed(one, error), place));
  const single = states.map((state) => ({ ...emptyBatch(), place, states: [state] }));
  return [all, ...single, ...ended.map((one) => alone(one, place))].filter((one) => !isEmpty(one));
}

function alone(outcome: PackedOutcome, place: number): ReportBatch {
  return { ...emptyBatch(), place, ended: [outcome] };
}

function failed([tag, id]: PackedOutcome, error: unknown): PackedOutcome {
  const reason = `the broker does not take how it has ended: ${errorText(error)}`;
  const isTooLarge = errorCode(error) === 'MESSAGE_TOO_LARGE';
  const failure = isTooLarge ? new MessageTooLarge(reason) : new CeleryError('TASK_FAILED', reason);
  const result = packResult(failureRecord(id, failure, 'json'));
  return [tag, id, result, null, null, reason, null, null];
}
