// Application voevent_broker.
import { AppConfig } from '../../src/mesh/index.js';
import { VOEventBrokerAgent } from './voevent-broker-agent.js';

export default class VOEventBrokerConfig extends AppConfig {
  readonly name = 'voevent_broker';

  override ready(): Promise<void> {
    return this.startAgent(new VOEventBrokerAgent(this.environment));
  }
}
