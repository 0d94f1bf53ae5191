// Application scheduler.
import { AppConfig } from '../../src/mesh/index.js';
import { SchedulerAgent } from './scheduler-agent.js';

export default class SchedulerConfig extends AppConfig {
  readonly name = 'scheduler';

  override ready(): Promise<void> {
    return this.startAgent(new SchedulerAgent(this.environment));
  }
}
