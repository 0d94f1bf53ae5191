// Application filterwheel_vis.
import { AppConfig } from '../../src/mesh/index.js';
import { FilterWheelAgent } from './filter-wheel-agent.js';

export default class FilterwheelVisConfig extends AppConfig {
  readonly name = 'filterwheel_vis';

  override ready(): Promise<void> {
    return this.startAgent(new FilterWheelAgent(this.environment));
  }
}
