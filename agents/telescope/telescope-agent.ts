// The agent of the telescope: moves it where it may go, and says where it points.
import { InstrumentError, SimulatedTelescope, type TelescopeDriver } from '../../src/instruments/index.js';
import { Agent, action, type Environment, type MessageContext } from '../../src/mesh/index.js';
import {
  limitsOf,
  siteOf,
  TELESCOPE_GOTO,
  TELESCOPE_PARK,
  TELESCOPE_POSITION,
  TELESCOPE_STOP,
} from '../../src/observatory/index.js';
import { type Equatorial, horizontal } from '../../src/sky/index.js';

/** How often a move reports its progress, in ms of real time, as the patience is that it renews in the sender. */
const PROGRESS_MS = 1000;

export class TelescopeAgent extends Agent {
  // A position is told at once, also while the telescope moves.
  protected override readonly mailboxKind = 'concurrent';
  readonly #driver: TelescopeDriver;

  constructor(environment: Environment) {
    super(Agent.TELESCOPE, environment);
    const { maxSpeed } = this.config.settings('telescope');
    this.#driver = new SimulatedTelescope(this.clock, siteOf(this.config), { maxSpeedDegPerS: maxSpeed });
    this.actionsByMessage.set(
      TELESCOPE_GOTO.text,
      action(TELESCOPE_GOTO, (target, context) => this.#goto(target, context)),
    );
    this.actionsByMessage.set(
      TELESCOPE_STOP.text,
      action(TELESCOPE_STOP, () => this.#driver.stop()),
    );
    this.actionsByMessage.set(
      TELESCOPE_PARK.text,
      action(TELESCOPE_PARK, () => this.#driver.park()),
    );
    this.actionsByMessage.set(
      TELESCOPE_POSITION.text,
      action(TELESCOPE_POSITION, () => this.#position()),
    );
  }

  protected override async shutdown(): Promise<void> {
    await this.#driver.stop();
  }

  protected override status(): Record<string, unknown> {
    return { telescope: this.#position() };
  }

  async #goto(target: Equatorial, context: MessageContext): Promise<Record<string, unknown>> {
    this.#checkAltitude(target);
    this.log.info('slewing', { raDeg: target.raDeg, decDeg: target.decDeg, from: context.from });
    const timer = setInterval(() => context.progress({ etaS: this.#driver.etaS() }), PROGRESS_MS).unref();
    try {
      await this.#driver.goto(target, context.signal);
    } finally {
      clearInterval(timer);
    }
    this.log.info('on target, tracking');
    return this.#position();
  }

  /** The agent, not the driver, knows where a telescope must not go. */
  #checkAltitude(target: Equatorial): void {
    const { minAltitudeDeg } = limitsOf(this.config);
    const { altitudeDeg } = horizontal(siteOf(this.config), target, this.clock.now());
    if (altitudeDeg >= minAltitudeDeg) return;
    const text = `the target is at an altitude of ${altitudeDeg.toFixed(1)} deg, the limit is ${minAltitudeDeg} deg`;
    throw new InstrumentError('BELOW_LIMIT', text);
  }

  #position(): Record<string, unknown> {
    const { state, target } = this.#driver;
    return { state, ...this.#driver.position(), target, separationDeg: this.#driver.separationDeg() };
  }
}
