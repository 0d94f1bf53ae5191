// The agent of the filter wheel in front of the visible camera.
import {
  type Call,
  type DeviceReport,
  type FilterWheelDriver,
  IndiFilterWheel,
  InstrumentAgent,
  InstrumentError,
  indiPlace,
  SimulatedFilterWheel,
} from '../../src/instruments/index.js';
import { Agent, type Environment } from '../../src/mesh/index.js';

export class FilterWheelAgent extends InstrumentAgent<'FILTERWHEEL', FilterWheelDriver> {
  protected override readonly driverName: string;

  constructor(environment: Environment) {
    const { clock } = environment;
    const settings = environment.config.settings('filterwheel_vis');
    const { filters, driver } = settings;
    const simulated = new SimulatedFilterWheel(clock, filters);
    const make = () => (driver === 'indi' ? new IndiFilterWheel(indiPlace(settings, clock)) : simulated);
    super(Agent.FILTERWHEEL_VIS, 'FILTERWHEEL', environment, make);
    this.driverName = driver;
    this.handle('SET POSITION', ({ TO }, call) => this.#turn(this.#placeOf(TO), call));
    this.handle('DO HOME', (_, call) => this.#turn(undefined, call));
    this.handle('GET POSITION', () => this.#position());
    this.handle('GET NAMES', () => ({ NAMES: this.driver.names }));
  }

  protected override report({ isMoving }: FilterWheelDriver): DeviceReport {
    return { state: isMoving ? 'MOVING' : 'IDLE' };
  }

  protected override supports(key: string, driver: FilterWheelDriver): boolean {
    if (key === 'DO HOME') return driver.home !== undefined;
    return key !== 'DO INIT' || driver.init !== undefined;
  }

  async #turn(place: number | undefined, call: Call) {
    const { driver } = this;
    const turned = place === undefined ? driver.home?.(call.signal) : driver.turnTo(place, call.signal);
    call.progress(() => driver.etaS());
    await turned;
    return this.#position();
  }

  /** Names are looked for as they are written, then without regard to capitals, then `r` is r' too. */
  #placeOf(filter: string | number): number {
    const { names } = this.driver;
    if (typeof filter === 'number') return filter;
    const exact = names.indexOf(filter);
    const fits = (change: (name: string) => string) =>
      names.findIndex((name) => change(name) === change(filter));
    const found = [exact, fits(inSmall), fits(withoutPrime)].find((index) => index >= 0);
    if (found !== undefined) return found + 1;
    throw new InstrumentError('INVALID_VALUE', `there is no filter ${filter}; there are ${names.join(', ')}`);
  }

  #position() {
    const { position, names } = this.driver;
    return position === undefined ? {} : { NAME: names[position - 1], POSITION: position };
  }
}

function inSmall(name: string): string {
  return name.toLowerCase();
}

function withoutPrime(name: string): string {
  return inSmall(name).replace(/'$/, '');
}
