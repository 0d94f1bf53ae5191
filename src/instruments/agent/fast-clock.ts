// Patience on a clock that runs faster than real time: messages and disks do not run faster with it.
import type { Config } from '../../config/index.js';

/** So much real time, in ms of the observatory's clock; 0 where that runs no faster, and nothing needs more patience. */
export function onFastClockMs({ clock }: Config, realMs: number): number {
  return clock.mode === 'simulated' && clock.rate > 1 ? realMs * clock.rate : 0;
}
