// The agent of the PLC: tells everybody at once when an interlock holds, and passes signs of life on.
import {
  agentOfDevice,
  type DeviceReport,
  InstrumentAgent,
  onFastClockMs,
  type PlcDriver,
  SimulatedPlc,
  type Voter,
} from '../../src/instruments/index.js';
import { Agent, type Environment, Sender, untilArrived } from '../../src/mesh/index.js';

/** On a fast clock a sign of life is not missed sooner than this, in ms of real time. */
const LEAST_TTL_MS = 3000;

export class PlcAgent extends InstrumentAgent<'PLC', PlcDriver> {
  protected override readonly driverName: string;
  readonly #voter: Voter;

  constructor(environment: Environment) {
    const { config, clock, log } = environment;
    const { driver, closes, votesTo } = config.settings('plc');
    const stop = new AbortController();
    const simulated = new SimulatedPlc(
      clock,
      (reason) => closeDome(closes, reason, stop.signal, log.error),
      onFastClockMs(config, LEAST_TTL_MS),
    );
    super(Agent.PLC, 'PLC', environment, () => simulated);
    this.#stop = stop;
    this.driverName = driver;
    this.#voter = this.voterTo(votesTo);
    this.perform('DO HEARTBEAT', ({ TTL }) => this.driver.heartbeat(TTL));
    this.perform('DO CLOSE_ALL', () => this.driver.closeAll());
    this.perform('DO RESET', () => this.driver.reset());
    this.perform('SET LIGHT', ({ TO }) => this.driver.setLight(TO));
    this.perform('SET SIMULATE.RAIN', ({ TO }) => this.driver.setInput?.({ rain: TO }));
    this.perform('SET SIMULATE.DOOR', ({ TO }) => this.driver.setInput?.({ doorOpen: TO }));
    this.perform('SET SIMULATE.UPS', ({ TO }) => this.driver.setInput?.({ power: TO }));
    this.perform('SET SIMULATE.EMERGENCY', ({ TO }) => this.driver.setInput?.({ emergency: TO }));
    this.#handleQuestions();
  }

  readonly #stop: AbortController;

  protected override driverReady(driver: PlcDriver): void {
    driver.onChange(() => this.#vote());
    this.#vote();
  }

  /** A PLC that is not heard of cannot say that it is safe. */
  protected override driverFailed(
    reason: Parameters<InstrumentAgent<'PLC', PlcDriver>['driverFailed']>[0],
  ): void {
    super.driverFailed(reason);
    this.#vote();
  }

  protected override async shutdown(): Promise<void> {
    this.#voter.end();
    this.#stop.abort(new Error('the agent of the PLC is stopping'));
    await super.shutdown();
  }

  protected override report({ interlocks }: PlcDriver): DeviceReport {
    const causes = [...interlocks.values()];
    return { state: 'IDLE', reason: causes.length > 0 ? causes.join('; ') : undefined };
  }

  protected override supports(key: string, driver: PlcDriver): boolean {
    if (key.startsWith('SET SIMULATE.')) return driver.setInput !== undefined;
    return key !== 'DO INIT' || driver.init !== undefined;
  }

  #handleQuestions(): void {
    this.handle('GET STATUS', () => {
      const { inputs, interlocks, heartbeatLeftS } = this.driver;
      return {
        SAFE: interlocks.size === 0,
        HEARTBEAT: heartbeatLeftS,
        RAIN: inputs.rain,
        DOOR: inputs.doorOpen,
        POWER: inputs.power,
        EMERGENCY: inputs.emergency,
        LIGHT: inputs.light,
      };
    });
    this.handle('GET INTERLOCKS', () => {
      const { interlocks } = this.driver;
      return { INTERLOCKS: [...interlocks.keys()], CAUSES: [...interlocks.values()] };
    });
    this.handle('GET DOOR', () => ({ DOOR: this.driver.inputs.doorOpen }));
    this.handle('GET RAIN', () => ({ RAIN: this.driver.inputs.rain }));
    this.handle('GET UPS', () => ({
      POWER: this.driver.inputs.power,
      CHARGE: this.driver.inputs.chargePercent,
    }));
  }

  #vote(): void {
    const interlocks = this.host.state === 'READY' ? this.driver.interlocks : new Map<string, string>();
    const reasons = this.host.state === 'READY' ? [...interlocks.values()] : ['its driver has failed'];
    this.#voter.cast({
      device: this.device,
      safe: reasons.length === 0,
      reasons,
      interlocks: [...interlocks.keys()],
    });
  }
}

/** The wire from the PLC to the dome: told again until it has arrived. */
function closeDome(
  agent: string,
  reason: string,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  say(`the PLC closes the dome: ${reason}`);
  const sentence = `DO ${agent.toUpperCase()} CLOSE`;
  return untilArrived(
    () => Sender.sendTo(agentOfDevice(agent), sentence, undefined, { signal }),
    signal,
    () => undefined,
  );
}
