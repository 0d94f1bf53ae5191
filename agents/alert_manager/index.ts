// Application alert_manager.
import { AppConfig } from '../../src/mesh/index.js';
import { AlertManagerAgent } from './alert-manager-agent.js';

export default class AlertManagerConfig extends AppConfig {
  readonly name = 'alert_manager';

  override ready(): Promise<void> {
    return this.startAgent(new AlertManagerAgent(this.environment));
  }
}
