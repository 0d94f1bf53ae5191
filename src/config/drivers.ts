// What the INI file must say of a device of an INDI server.
import type { ConfigMistake } from './errors.js';

/** Mistakes of agents that drive real devices. */
export function driverMistakes(
  clock: { readonly mode: string; readonly rate: number },
  settings: Readonly<Record<string, Record<string, unknown>>>,
): ConfigMistake[] {
  const byIndi = Object.entries(settings).filter(([, { driver }]) => driver === 'indi');
  const mistakes = byIndi
    .filter(([, { indiDevice }]) => indiDevice === undefined)
    .map(([section]) => ({
      section,
      key: 'indi_device',
      found: 'nothing',
      expected: 'the name of the device at the INDI server, such as CCD Simulator',
    }));
  // A rate that is no good was told of already.
  if (clock.mode !== 'simulated' || !(clock.rate > 1 || clock.rate < 1)) return mistakes;
  // A real second is one: neither exposures nor slews run faster.
  const fast = byIndi.map(([section]) => ({
    section,
    key: 'driver',
    found: `indi on a clock of rate ${clock.rate}`,
    expected: 'simulator, or [clock] rate = 1: real devices know no other time',
  }));
  return [...mistakes, ...fast];
}
