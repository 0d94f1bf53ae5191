// An agent that is measured beside the plainest code on a socket: both in one process, so that the system puts both on
// the same core and wakes both alike.
import { AppConfig } from '../../src/mesh/index.js';
import { ReceiverAgent } from '../../test/helpers/posting/receiver.js';
import { serveBare } from './bare.js';

/** Variable with the ports of the plain servers, as JSON. */
export const BARE_PORTS_VARIABLE = 'PYROS_BENCH_BARE_PORTS';

export default class MeasuredConfig extends AppConfig {
  readonly name = 'measured';

  override async ready(): Promise<void> {
    await serveBare(JSON.parse(process.env[BARE_PORTS_VARIABLE] ?? ''));
    await this.startAgent(new ReceiverAgent(this.environment, this.name));
  }
}
