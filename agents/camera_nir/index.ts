// Application camera_nir.
import { cameraAgent } from '../../src/instruments/index.js';
import { Agent, AppConfig } from '../../src/mesh/index.js';

/** An infrared detector behind the same telescope: a brighter sky, more noise, another set of hot pixels. */
const NIR = {
  detector: 'SIM-NIR',
  gainEPerAdu: 3,
  readNoiseE: 15,
  darkEPerS: 1,
  zeroPointMag: 21.5,
  skyMagPerArcsec2: 15.5,
  seed: 2,
};

export default class CameraNirConfig extends AppConfig {
  readonly name = 'camera_nir';

  override ready(): Promise<void> {
    return this.startAgent(cameraAgent(Agent.CAMERA_NIR, this.environment, NIR));
  }
}
