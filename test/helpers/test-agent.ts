// An agent to try the mesh with.
import { ManualClock } from '../../src/clock/index.js';
import type { Config } from '../../src/config/index.js';
import { silentLogger } from '../../src/log/index.js';
import { type Action, Agent, type Environment } from '../../src/mesh/index.js';

/** Surroundings with a silent logger and a clock that stands still. */
export function testEnvironment(config: Config, log = silentLogger): Environment {
  return { config, log, clock: new ManualClock() };
}

/** An agent whose actions and hooks the test gives. */
export class TestAgent extends Agent {
  onWork: () => void | Promise<void> = () => undefined;
  onShutdown: () => void | Promise<void> = () => undefined;

  constructor(
    name: string,
    environment: Environment,
    actions: Record<string, Action['run']> = {},
    protected override readonly mailboxKind: 'serial' | 'concurrent' = 'serial',
  ) {
    super(name, environment);
    for (const [text, run] of Object.entries(actions)) this.actionsByMessage.set(text, { help: text, run });
  }

  protected override work(): void | Promise<void> {
    return this.onWork();
  }

  protected override shutdown(): void | Promise<void> {
    return this.onShutdown();
  }
}
