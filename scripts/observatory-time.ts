// What time it is for the observatory, whose night may be simulated.
import { observatoryClock } from '../src/clock/index.js';
import type { Config } from '../src/config/index.js';
import { knownOrigin } from '../src/mesh/index.js';
import { timeOfAgents } from './agent-report.js';

/** As a running agent tells it, else as agents would have it when they were started. */
export async function timeOfObservatory(config: Config): Promise<number> {
  return (await timeOfAgents(config)) ?? timeOfClock(config);
}

function timeOfClock(config: Config): number {
  const longitudeDeg = config.observatory.longitude;
  const origin = knownOrigin(config) ?? config.clock.origin;
  return observatoryClock({ ...config.clock, longitudeDeg, origin }).now();
}
