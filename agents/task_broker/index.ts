// Application task_broker.
import { AppConfig } from '../../src/mesh/index.js';
import { TaskBrokerAgent } from './task-broker-agent.js';

export default class TaskBrokerConfig extends AppConfig {
  readonly name = 'task_broker';

  override ready(): Promise<void> {
    return this.startAgent(new TaskBrokerAgent(this.environment));
  }
}
