// The configuration of one application: its name, and what it starts when it is ready.
import type { Agent } from './agent.js';
import type { Environment } from './environment.js';
import { MeshError } from './errors.js';

/** An application of the observatory: a folder of `agents/`. At most one agent each. */
export abstract class AppConfig {
  /** The application's name, which is its folder's and its agent's. */
  abstract readonly name: string;
  #agent: Agent | undefined;

  constructor(protected readonly environment: Environment) {}

  /** Called once when the application starts; it starts the agent, if the application has one. */
  abstract ready(): void | Promise<void>;

  /** The agent that was started. */
  get agent(): Agent | undefined {
    return this.#agent;
  }

  /**
   * Starts the application's agent.
   * @throws MeshError `AGENT_ALREADY_STARTED` for a second one; what {@link Agent.start} throws
   */
  protected async startAgent(agent: Agent): Promise<void> {
    if (this.#agent) {
      const text = `application ${this.name} has started its agent ${this.#agent.name} already: at most one agent per application`;
      throw new MeshError('AGENT_ALREADY_STARTED', text);
    }
    this.#agent = agent;
    await agent.start();
  }
}

/** What the module of an application exports by default. */
export type AppConfigClass = new (environment: Environment) => AppConfig;
