// From an alert to what to observe: the strategies of the INI file.
import type { StrategyEntry } from '../config/index.js';
import { separationDeg } from '../sky/index.js';
import type { TransientNotice } from '../voevent/index.js';
import type { Alert, ObservationRequest } from './model.js';

/** What the observatory does about an alert, and why. */
export type Decision =
  | { request: ObservationRequest; reason: string }
  | { request?: undefined; reason: string };

/** What is known of the alert besides its content. */
export interface AlertOrigin {
  /** Digest of the packet; requests and sequences are named after it, so that a repetition bears the same names. */
  id: string;
  receivedMs: number;
}

/**
 * Reads a notice and says what to do: only an observation with a position that is no retraction may move the
 * telescope.
 */
export function decide(
  notice: TransientNotice,
  origin: AlertOrigin,
  strategies: readonly StrategyEntry[],
): Decision {
  const { role, position, ivorn } = notice;
  if (role !== 'observation')
    return { reason: `its role is ${role}: only an observation may move the telescope` };
  if (notice.isRetraction) return { reason: 'it retracts an event' };
  if (!position) return { reason: 'it bears no position' };
  const strategy = chooseStrategy(ivorn, strategies);
  if (!strategy) return { reason: `no strategy is for ${notice.stream}` };
  const { errorDeg } = position;
  if (errorDeg !== undefined && errorDeg > strategy.maxError) {
    return {
      reason: `its error radius of ${errorDeg} deg is above ${strategy.maxError} deg of strategy ${strategy.name}`,
    };
  }
  const alert: Alert = {
    ivorn,
    raDeg: position.raDeg,
    decDeg: position.decDeg,
    receivedMs: origin.receivedMs,
    ...(errorDeg !== undefined && { errorDeg }),
    ...(notice.triggerTimeMs !== undefined && { triggerMs: notice.triggerTimeMs }),
  };
  return { request: makeRequest(alert, origin, strategy), reason: `strategy ${strategy.name}` };
}

/** The strategy whose stream is the longest beginning of the IVORN; `*` fits all. */
export function chooseStrategy(
  ivorn: string,
  strategies: readonly StrategyEntry[],
): StrategyEntry | undefined {
  let best: StrategyEntry | undefined;
  let bestLength = -1;
  for (const strategy of strategies) {
    for (const stream of strategy.streams) {
      const length = stream === '*' ? 0 : stream.length;
      if (length > bestLength && (stream === '*' || ivorn.startsWith(stream))) {
        best = strategy;
        bestLength = length;
      }
    }
  }
  return best;
}

function makeRequest(alert: Alert, { id }: AlertOrigin, strategy: StrategyEntry): ObservationRequest {
  const name = alert.ivorn.slice(alert.ivorn.indexOf('#') + 1) || alert.ivorn;
  const shortId = id.slice(0, 12);
  const plan = { filter: strategy.filter, exposureS: strategy.exposure / 1000, count: strategy.count };
  const target = { raDeg: alert.raDeg, decDeg: alert.decDeg };
  return {
    id: shortId,
    name: name.slice(0, 200),
    priority: strategy.priority,
    strategy: strategy.name,
    alert,
    sequences: [{ id: `${shortId}-1`, target, albums: [{ detector: 'VIS', plans: [plan] }] }],
  };
}

/** Whether the telescope stands on its target, within `toleranceDeg`. */
export function onTarget(
  pointing: { raDeg: number; decDeg: number },
  target: { raDeg: number; decDeg: number },
  toleranceDeg: number,
): boolean {
  return separationDeg(pointing, target) <= toleranceDeg;
}
