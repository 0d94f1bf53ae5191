// Application plc.
import { AppConfig } from '../../src/mesh/index.js';
import { PlcAgent } from './plc-agent.js';

export default class PlcConfig extends AppConfig {
  readonly name = 'plc';

  override ready(): Promise<void> {
    return this.startAgent(new PlcAgent(this.environment));
  }
}
