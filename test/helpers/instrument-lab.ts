// Agents of simulated devices in this process, at a clock that the test moves, spoken to over real sockets.
import { setTimeout as realSleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import type { Config } from '../../src/config/index.js';
import { agentOfDevice } from '../../src/instruments/index.js';
import { silentLogger } from '../../src/log/index.js';
import {
  type Agent,
  type AppConfig,
  type Environment,
  findApplication,
  Sender,
} from '../../src/mesh/index.js';
import { testConfig } from './test-config.js';

/** An evening on which the sky of the test site is dark. */
const START_MS = Date.parse('2026-03-20T05:00:00Z');

export class InstrumentLab {
  readonly clock: ManualClock;
  readonly #applications = new Map<string, AppConfig>();

  private constructor(
    readonly config: Config,
    private readonly environment: Environment & { clock: ManualClock },
  ) {
    this.clock = environment.clock;
  }

  /**
   * Starts agents; they are stopped when the test ends.
   * @param running - those that are started; the others are only in the INI file
   * @param startMs - where the clock begins
   */
  static async start(
    t: Test,
    agents: readonly string[],
    extra: Record<string, string[]> = {},
    running = agents,
    startMs = START_MS,
  ): Promise<InstrumentLab> {
    const config = await testConfig({ directory: t.testdir(), agents, extra });
    const clock = new ManualClock(startMs);
    const lab = new InstrumentLab(config, { config, log: silentLogger, clock });
    Sender.configure(config, 'test');
    t.teardown(() => lab.#end());
    for (const name of running) await lab.startAgent(name);
    return lab;
  }

  async startAgent(name: string): Promise<Agent> {
    const application = new (await findApplication(this.config, name))(this.environment);
    this.#applications.set(name, application);
    await application.ready();
    await new Promise((resolve) => setImmediate(resolve));
    return this.agent(name);
  }

  agent(name: string): Agent {
    const agent = this.#applications.get(name)?.agent;
    if (!agent) throw new Error(`${name} was not started`);
    return agent;
  }

  /** Says a sentence to the agent of its device, and lets the time pass until it is answered. */
  async say(sentence: string, options: { data?: unknown; progress?: unknown[] } = {}) {
    return this.during(this.begin(sentence, options));
  }

  /** Says a sentence, and lets no time pass. */
  begin(sentence: string, { data, progress }: { data?: unknown; progress?: unknown[] } = {}) {
    const agent = agentOfDevice(sentence.split(' ')[1] ?? '');
    const answer = Sender.request(agent, sentence, data, { onProgress: (values) => progress?.push(values) });
    answer.catch(() => undefined);
    return answer as Promise<Record<string, unknown> | undefined>;
  }

  /**
   * Lets the time pass, faster than it does, until something has settled. After a while no longer so fast: on a busy
   * machine a device may be drawing or writing an image, which takes none of that time, and commands have deadlines.
   */
  async during<T>(work: Promise<T>, stepMs = 500): Promise<T> {
    let settled = false;
    const done = work.finally(() => {
      settled = true;
    });
    done.catch(() => undefined);
    for (let step = 0; !settled; step += 1) {
      await Promise.race([done.catch(() => undefined), realSleep(step < 60 ? 2 : 25)]);
      if (!settled) await this.clock.advance(stepMs);
    }
    return done;
  }

  /** Waits, in real time, for something that follows without the clock. @throws Error after 10 s */
  async until(condition: () => Promise<boolean>, stepMs = 0): Promise<void> {
    for (const endMs = performance.now() + 10_000; !(await condition()); ) {
      if (performance.now() > endMs) throw new Error('it has not come');
      if (stepMs > 0) await this.clock.advance(stepMs);
      await realSleep(2);
    }
  }

  async #end(): Promise<void> {
    for (const { agent } of this.#applications.values()) {
      if (!agent) continue;
      const stopped = agent.stop();
      await this.during(stopped);
    }
    Sender.close();
  }
}
