// Application telescope.
import { AppConfig } from '../../src/mesh/index.js';
import { TelescopeAgent } from './telescope-agent.js';

export default class TelescopeConfig extends AppConfig {
  readonly name = 'telescope';

  override ready(): Promise<void> {
    return this.startAgent(new TelescopeAgent(this.environment));
  }
}
