// Application focuser.
import { AppConfig } from '../../src/mesh/index.js';
import { FocuserAgent } from './focuser-agent.js';

export default class FocuserConfig extends AppConfig {
  readonly name = 'focuser';

  override ready(): Promise<void> {
    return this.startAgent(new FocuserAgent(this.environment));
  }
}
