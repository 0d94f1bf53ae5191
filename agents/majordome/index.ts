// Application majordome.
import { AppConfig } from '../../src/mesh/index.js';
import { MajordomeAgent } from './majordome-agent.js';

export default class MajordomeConfig extends AppConfig {
  readonly name = 'majordome';

  override ready(): Promise<void> {
    return this.startAgent(new MajordomeAgent(this.environment));
  }
}
