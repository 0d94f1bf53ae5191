// Application camera_vis.
import { CameraAgent, SimulatedCamera } from '../../src/instruments/index.js';
import { Agent, AppConfig } from '../../src/mesh/index.js';

export default class CameraVisConfig extends AppConfig {
  readonly name = 'camera_vis';

  override ready(): Promise<void> {
    const { config, clock } = this.environment;
    const { driver, width, height, pixelScale, focalLength, aperture, telescopeName } =
      config.settings('camera_vis');
    const camera = new SimulatedCamera(clock, { width, height, pixelScaleArcsec: pixelScale });
    const options = { focalLengthMm: focalLength, apertureMm: aperture, telescope: telescopeName };
    return this.startAgent(
      new CameraAgent(Agent.CAMERA_VIS, this.environment, () => camera, driver, options),
    );
  }
}
