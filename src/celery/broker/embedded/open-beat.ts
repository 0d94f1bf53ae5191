// The beat is loaded where there is something to fire: it brings the Sun with it, which callers and workers do not need.
import type { BrokerBeat, BrokerBeatParts } from './broker-beat.js';

/**
 * Makes the beat of `[celery.beat]`, not started yet.
 * @throws ConfigError when the section has mistakes
 */
export async function openBeat(parts: BrokerBeatParts): Promise<BrokerBeat> {
  const beat = await import('./broker-beat.js');
  return new beat.BrokerBeat(parts);
}
