// Application dome.
import { AppConfig } from '../../src/mesh/index.js';
import { DomeAgent } from './dome-agent.js';

export default class DomeConfig extends AppConfig {
  readonly name = 'dome';

  override ready(): Promise<void> {
    return this.startAgent(new DomeAgent(this.environment));
  }
}
