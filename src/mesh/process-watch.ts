// What may end an agent's process besides its agent: signals, the loss of the process that started it, and errors
// that nobody caught. Watched from the beginning, so that none of it is missed while the agent starts.
import { EXIT_OK, EXIT_SOFTWARE, errorText } from '../errors/index.js';
import type { Logger } from '../log/index.js';

/** What is stopped; it is not there before it has been made. */
interface Stoppable {
  readonly agent: { stop(): Promise<void> } | undefined;
}

export class ProcessWatch {
  /** Resolves with the exit code when something happened that nobody caught. */
  readonly crashed: Promise<number>;
  application: Stoppable | undefined;

  /** @param renew - reads certificates again at SIGHUP; `false` when there are none, and SIGHUP stops */
  constructor(
    private readonly log: Logger,
    renew: () => boolean,
  ) {
    this.crashed = new Promise((resolve) => {
      process.on('uncaughtException', (error) => resolve(this.#crash('uncaught exception', error)));
      process.on('unhandledRejection', (error) => resolve(this.#crash('unhandled rejection', error)));
    });
    process.on('SIGINT', () => this.stop('SIGINT'));
    process.on('SIGTERM', () => this.stop('SIGTERM'));
    process.on('SIGHUP', () => renew() || this.stop('SIGHUP'));
    process.on('disconnect', () => this.#orphaned());
    // It may have gone before anybody listened.
    if (process.connected === false) this.#orphaned();
  }

  stop(reason: string): void {
    this.log.info(`asked to stop: ${reason}`);
    const agent = this.application?.agent;
    if (agent) void agent.stop();
    else process.exit(EXIT_OK);
  }

  #orphaned(): void {
    this.stop('the process that started this agent has gone');
  }

  #crash(kind: string, error: unknown): number {
    this.log.error(`${kind}: ${errorText(error)}`, {
      stack: error instanceof Error ? error.stack : undefined,
    });
    return EXIT_SOFTWARE;
  }
}
