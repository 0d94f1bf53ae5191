// Where the device of an agent is, as the INI file says.
import type { Clock } from '../../clock/index.js';
import type { IndiDriverOptions } from './driver.js';

/** The keys of an agent's section that every device of an INDI server has. */
export interface IndiSettings {
  readonly indiHost: string;
  readonly indiPort: number;
  readonly indiDevice: string | undefined;
}

/** @param clock - the observatory's, which runs as fast as the system's where there are real devices */
export function indiPlace({ indiHost, indiPort, indiDevice }: IndiSettings, clock: Clock): IndiDriverOptions {
  if (indiDevice === undefined) throw new Error('the INI file was not checked: indi_device is missing');
  return { host: indiHost, port: indiPort, device: indiDevice, clock };
}
