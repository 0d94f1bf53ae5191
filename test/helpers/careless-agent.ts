// An agent that starts a thread and forgets it.
import { Agent, AppConfig, type Environment } from '../../src/mesh/index.js';
import { Thread } from '../../src/threading/index.js';

export class Tripping extends Thread<[where: string], void> {
  static override readonly module = import.meta.url;

  override run(where: string): void {
    throw new Error(`tripped over ${where}`);
  }
}

class CarelessAgent extends Agent {
  constructor(environment: Environment) {
    super('careless', environment);
    this.actionsByMessage.set('Trip', {
      help: 'Start a thread that fails, and wait for nothing',
      run: (data) => void new Tripping({ name: 'night-walk', args: [String(data)], execArgv: [] }).start(),
    });
  }
}

export default class CarelessConfig extends AppConfig {
  readonly name = 'careless';

  override ready(): Promise<void> {
    return this.startAgent(new CarelessAgent(this.environment));
  }
}
