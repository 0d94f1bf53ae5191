// Application weather.
import { AppConfig } from '../../src/mesh/index.js';
import { WeatherAgent } from './weather-agent.js';

export default class WeatherConfig extends AppConfig {
  readonly name = 'weather';

  override ready(): Promise<void> {
    return this.startAgent(new WeatherAgent(this.environment));
  }
}
