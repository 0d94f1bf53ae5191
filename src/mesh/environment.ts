// What every agent is given when it is made.
import type { Clock } from '../clock/index.js';
import type { Config } from '../config/index.js';
import type { Logger } from '../log/index.js';

/** The surroundings of one application. */
export interface Environment {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  /** Which simulated night it is, see {@link nightName}; none with the system's clock. */
  readonly night?: string | undefined;
}
