// Agents in this process that drive the devices of an INDI server, on a clock that goes as real time does.
import type { Test } from 'tap';
import { RealClock } from '../../src/clock/index.js';
import type { Config } from '../../src/config/index.js';
import { agentOfDevice } from '../../src/instruments/index.js';
import { silentLogger } from '../../src/log/index.js';
import { type AppConfig, findApplication, Sender } from '../../src/mesh/index.js';
import { testConfig } from './test-config.js';

/** An evening on which the sky of the test site is dark. */
const START_MS = Date.parse('2026-03-20T05:00:00Z');

/** Keys of the sections of agents that drive Debian's simulators. */
export const INDI_DEVICES: Record<string, string[]> = {
  telescope: ['indi_device = Telescope Simulator', 'focal_length = 400', 'aperture = 250'],
  camera_vis: ['indi_device = CCD Simulator', 'focal_length = 400', 'aperture = 250', 'position_angle = 270'],
  filterwheel_vis: ['indi_device = Filter Simulator'],
  focuser: ['indi_device = Focuser Simulator'],
  dome: ['indi_device = Dome Simulator'],
  weather: ['indi_device = Weather Simulator', 'sensors = wind, rain'],
};

export class IndiLab {
  readonly clock = new RealClock({ realMs: Date.now(), simulatedMs: START_MS });
  readonly #applications: AppConfig[] = [];

  private constructor(readonly config: Config) {}

  /** Starts agents of devices at a port; they are stopped when the test ends. */
  static async start(
    t: Test,
    port: number,
    agents: readonly string[],
    extra: Record<string, string[]> = {},
  ): Promise<IndiLab> {
    const sections = agents.map((agent) => {
      const indi = INDI_DEVICES[agent];
      const keys = indi ? ['driver = indi', `indi_port = ${port}`, ...indi] : [];
      return [agent, [...keys, ...(extra[agent] ?? [])]] as [string, string[]];
    });
    const config = await testConfig({ directory: t.testdir(), agents, extra: Object.fromEntries(sections) });
    const lab = new IndiLab(config);
    Sender.configure(config, 'test');
    t.teardown(() => lab.#end());
    const environment = { config, log: silentLogger, clock: lab.clock };
    for (const name of agents) {
      const application = new (await findApplication(config, name))(environment);
      lab.#applications.push(application);
      await application.ready();
    }
    return lab;
  }

  /** Says a sentence to the agent of its device. */
  async say(sentence: string, onProgress?: (values: unknown) => void): Promise<Record<string, unknown>> {
    const agent = agentOfDevice(sentence.split(' ')[1] ?? '');
    const reply = await Sender.request(agent, sentence, undefined, onProgress && { onProgress });
    return (reply ?? {}) as Record<string, unknown>;
  }

  /** Stops an agent. */
  async stop(name: string): Promise<void> {
    await this.#applications.find((application) => application.name === name)?.agent?.stop();
  }

  /** Asks until the answer has a value. */
  async until(sentence: string, name: string, value: unknown, timeoutMs = 60_000): Promise<void> {
    for (const endMs = performance.now() + timeoutMs; ; ) {
      const answer = await this.say(sentence);
      if (answer[name] === value) return;
      if (performance.now() > endMs)
        throw new Error(`${sentence}: not yet ${name}=${value}: ${JSON.stringify(answer)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #end(): Promise<void> {
    await Promise.all(this.#applications.map(({ agent }) => agent?.stop()));
    Sender.close();
  }
}
