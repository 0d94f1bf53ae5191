// Application camera_vis.
import { AppConfig } from '../../src/mesh/index.js';
import { CameraAgent } from './camera-agent.js';

export default class CameraConfig extends AppConfig {
  readonly name = 'camera_vis';

  override ready(): Promise<void> {
    return this.startAgent(new CameraAgent(this.environment));
  }
}
