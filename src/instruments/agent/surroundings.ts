// What other devices say when a shutter opens: asked all at once, with one deadline.
import type { Config } from '../../config/index.js';
import type { TelescopePosition } from '../drivers/index.js';
import { agentOfDevice } from '../grammar/index.js';
import { type DeviceAnswer, numberIn, tryToAsk } from './ask-device.js';

/** No exposure waits longer, in ms of real time. */
const PATIENCE_MS = 1000;

/** What other devices say when the shutter opens. */
export interface Surroundings {
  telescope: DeviceAnswer;
  filterWheel: DeviceAnswer;
  focuser: DeviceAnswer;
  weather: DeviceAnswer;
}

/** Asks those that the INI file has. What is not heard is left out, and `onLost` is told. */
export async function askSurroundings(
  { agents }: Config,
  channel: string,
  onLost: (reason: string) => void,
): Promise<Surroundings> {
  const ask = (device: string, what: string) =>
    agents.has(agentOfDevice(device)) ? tryToAsk(device, `GET ${device} ${what}`, PATIENCE_MS, onLost) : {};
  const [telescope, filterWheel, focuser, weather] = await Promise.all([
    ask('TELESCOPE', 'POSITION'),
    ask(`FILTERWHEEL:${channel}`, 'POSITION'),
    ask('FOCUSER', 'POSITION'),
    ask('WEATHER', 'CONDITIONS'),
  ]);
  return { telescope, filterWheel, focuser, weather };
}

/** Where the telescope points, as its answer says. */
export function pointingOf(answer: DeviceAnswer): TelescopePosition | undefined {
  const [raDeg, decDeg] = [numberIn(answer, 'RA'), numberIn(answer, 'DEC')];
  if (raDeg === undefined || decDeg === undefined) return undefined;
  const airmass = numberIn(answer, 'AIRMASS');
  const pierSide = answer['PIERSIDE'];
  return {
    raDeg,
    decDeg,
    altitudeDeg: numberIn(answer, 'ALT') ?? Number.NaN,
    azimuthDeg: numberIn(answer, 'AZ') ?? Number.NaN,
    hourAngleDeg: numberIn(answer, 'HA') ?? Number.NaN,
    ...(airmass !== undefined && { airmass }),
    ...((pierSide === 'EAST' || pierSide === 'WEST') && { pierSide }),
  };
}

/** What the weather is, as far as it is known. */
export function weatherOf(answer: DeviceAnswer) {
  const [temperatureC, humidityPercent, windMPerS] = ['TEMPERATURE', 'HUMIDITY', 'WIND'].map((name) =>
    numberIn(answer, name),
  );
  return {
    ...(temperatureC !== undefined && { temperatureC }),
    ...(humidityPercent !== undefined && { humidityPercent }),
    ...(windMPerS !== undefined && { windMPerS }),
  };
}
