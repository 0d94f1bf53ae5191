// What to do about a target of opportunity: at once, next, later tonight, or not at all.
import type { Site } from '../sky/index.js';
import type { ObservationRequest, ScheduledSequence } from './model.js';
import { durationMs, type ObservingLimits, place } from './placing.js';

/** What is decided on a target of opportunity. */
export type OpportunityDecision = 'NOW' | 'NEXT' | 'LATER' | 'REFUSED';

/** A decision, and why; the first sequence of the request with its place when it is to be observed. */
export interface Opportunity {
  decision: OpportunityDecision;
  reason: string;
  placed?: ScheduledSequence;
}

/** A target that is up within this time is up. */
const SOON_MS = 30_000;

/**
 * Decides on a target of opportunity.
 * @param current - what is observed now
 */
export function decideOpportunity(
  site: Site,
  limits: ObservingLimits,
  request: ObservationRequest,
  nowMs: number,
  current: Pick<ScheduledSequence, 'name' | 'priority'> | undefined,
): Opportunity {
  const { id, name, priority, alert, sequences } = request;
  const [sequence] = sequences;
  if (!sequence) return { decision: 'REFUSED', reason: 'it has no sequence' };
  const placement = place(site, limits, sequence, nowMs, []);
  if ('refused' in placement) return { decision: 'REFUSED', reason: placement.refused };
  if (placement.startMs > nowMs + SOON_MS) {
    const time = new Date(placement.startMs).toISOString();
    return { decision: 'LATER', reason: `it can be observed from ${time} on` };
  }
  const placed: ScheduledSequence = {
    sequence,
    requestId: id,
    name,
    priority,
    ...(alert && { alert }),
    startMs: nowMs,
    endMs: nowMs + durationMs(sequence),
  };
  if (!current) return { decision: 'NOW', reason: 'it is up, and nothing is observed', placed };
  if (current.priority < priority) {
    const reason = `it is up, and its priority of ${priority} is above ${current.priority} of ${current.name}`;
    return { decision: 'NOW', reason, placed };
  }
  const reason = `its priority of ${priority} is not above ${current.priority} of ${current.name}, which may finish`;
  return { decision: 'NEXT', reason, placed };
}
