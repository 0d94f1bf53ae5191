// Application camera_vis.
import { cameraAgent } from '../../src/instruments/index.js';
import { Agent, AppConfig } from '../../src/mesh/index.js';

export default class CameraVisConfig extends AppConfig {
  readonly name = 'camera_vis';

  override ready(): Promise<void> {
    return this.startAgent(cameraAgent(Agent.CAMERA_VIS, this.environment));
  }
}
