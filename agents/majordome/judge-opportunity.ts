// Whether a target of opportunity is observed, and when: what is known of its request, and what goes on.
import type { Clock } from '../../src/clock/index.js';
import type { Config } from '../../src/config/index.js';
import {
  decideOpportunity,
  limitsOf,
  type ObservationRequest,
  type Opportunity,
  siteOf,
} from '../../src/observatory/index.js';
import type { SequenceBook } from './sequence-book.js';
import { isUnderWay, type SequenceRecord } from './sequence-record.js';

export function judgeOpportunity(
  { config, clock }: { config: Config; clock: Clock },
  pages: SequenceBook,
  request: ObservationRequest,
  running: SequenceRecord | undefined,
): Opportunity {
  const withdrawnBy = pages.withdrawnBy(request.id);
  if (withdrawnBy !== undefined) return { decision: 'REFUSED', reason: `it was retracted by ${withdrawnBy}` };
  const [first] = request.sequences;
  const known = first && pages.has(first.id) ? pages.get(first.id) : undefined;
  // The scheduler may have been quicker.
  if (known && isUnderWay(known)) return { decision: 'NOW', reason: 'it is observed already' };
  if (first && !known && pages.has(first.id))
    return { decision: 'REFUSED', reason: 'it was observed already' };
  return decideOpportunity(siteOf(config), limitsOf(config), request, clock.now(), running?.scheduled);
}
