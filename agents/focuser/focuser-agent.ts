// The agent of the focuser: moves it, finds the best focus, and follows the temperature.
import type { Timer } from '../../src/clock/index.js';
import {
  askDevice,
  bestFocus,
  type Call,
  type DeviceReport,
  type FocuserDriver,
  type FocusPoint,
  IndiFocuser,
  InstrumentAgent,
  InstrumentError,
  indiPlace,
  numberIn,
  SimulatedFocuser,
} from '../../src/instruments/index.js';
import { Agent, type Environment } from '../../src/mesh/index.js';

/** How often the temperature is looked at, in ms of observatory time. */
const COMPENSATE_MS = 60_000;
/** So often the search goes on around the best place so far, when the best is at its edge. */
const MOST_ROUNDS = 3;

/** What the last search found, as it is kept. */
interface Best extends FocusPoint {
  timeMs: number;
  temperatureC: number | undefined;
}

export class FocuserAgent extends InstrumentAgent<'FOCUSER', FocuserDriver> {
  protected override readonly driverName: string;
  #best: Best | undefined;
  /** Where it was, and how warm, when the compensation began. */
  #reference: { position: number; temperatureC: number } | undefined;
  #timer: Timer | undefined;

  constructor(environment: Environment) {
    const { clock } = environment;
    const settings = environment.config.settings('focuser');
    const { driver, steps, sharp } = settings;
    const simulated = new SimulatedFocuser(clock, { lastStep: steps, sharpStep: sharp });
    const make = () => (driver === 'indi' ? new IndiFocuser(indiPlace(settings, clock)) : simulated);
    super(Agent.FOCUSER, 'FOCUSER', environment, make);
    this.driverName = driver;
    this.handle('DO MOVE', ({ TO, BY }, call) => this.#move(this.#aim(TO, BY), call));
    this.handle('SET POSITION', ({ TO }, call) => this.#move(TO, call));
    this.handle('DO HOME', (_, call) => this.#move(undefined, call));
    this.handle('DO AUTOFOCUS', (parameters, call) => this.#search(parameters, call));
    this.perform('SET TEMPCOMP', ({ TO }) => this.#compensate(TO));
    this.handle('GET POSITION', () => this.#position());
    this.handle('GET TEMPERATURE', () => ({ TEMPERATURE: this.driver.temperatureC }));
    this.handle('GET BEST', () => {
      const best = this.#best;
      return best ? { POSITION: best.position, FWHM: best.fwhmArcsec, TIME: best.timeMs } : {};
    });
  }

  protected override async work(): Promise<void> {
    await super.work();
    this.#best = this.kept('best') as Best | undefined;
  }

  protected override async shutdown(): Promise<void> {
    this.#timer?.cancel();
    await super.shutdown();
  }

  protected override report({ isMoving }: FocuserDriver): DeviceReport {
    return { state: isMoving ? 'MOVING' : 'IDLE' };
  }

  protected override supports(key: string, driver: FocuserDriver): boolean {
    if (key === 'DO HOME') return driver.home !== undefined;
    if (/TEMP/.test(key)) return driver.temperatureC !== undefined;
    return key !== 'DO INIT' || driver.init !== undefined;
  }

  #aim(to: number | undefined, by: number | undefined): number {
    if ((to === undefined) === (by === undefined))
      throw new InstrumentError('INVALID_VALUE', 'give either TO= or BY=, in steps');
    return to ?? this.driver.position + (by ?? 0);
  }

  async #move(position: number | undefined, call: Call) {
    const { driver } = this;
    const moved = position === undefined ? driver.home?.(call.signal) : driver.moveTo(position, call.signal);
    call.progress(() => driver.etaS());
    await moved;
    this.#setReference();
    return { POSITION: driver.position };
  }

  /** Images on both sides of where it stands, and again around the best when that is at the edge. */
  async #search({ STEPS, EXPTIME, CAMERA }: { STEPS: number; EXPTIME: number; CAMERA: string }, call: Call) {
    const { driver } = this;
    const startPosition = driver.position;
    const points: FocusPoint[] = [];
    const planned = STEPS * MOST_ROUNDS;
    call.extend(planned * EXPTIME);
    call.progress(
      () => (planned - points.length) * EXPTIME,
      () => ({ IMAGES: points.length }),
    );
    try {
      for (let round = 0, middle = startPosition; round < MOST_ROUNDS; round += 1) {
        for (const position of this.#places(middle, STEPS)) {
          const fwhmArcsec = await this.#widthAt(position, `CAMERA:${CAMERA}`, EXPTIME, call);
          if (fwhmArcsec !== undefined) points.push({ position, fwhmArcsec });
        }
        const best = bestFocus(points);
        if (best) return await this.#settle(best, call);
        middle = narrowest(points)?.position ?? middle;
      }
    } catch (error) {
      await driver.moveTo(startPosition).catch(() => undefined);
      throw error;
    }
    await driver.moveTo(startPosition, call.signal);
    const text = `no best focus among ${points.length} places with stars: it is where it was; look at the images`;
    throw new InstrumentError('INVALID_OPERATION', text);
  }

  #places(middle: number, count: number): number[] {
    const { autofocusStep } = this.config.settings('focuser');
    const all = Array.from(
      { length: count },
      (_, n) => middle + Math.round((n - (count - 1) / 2) * autofocusStep),
    );
    return all.filter((position) => position >= 0 && position <= this.driver.lastStep);
  }

  async #widthAt(
    position: number,
    camera: string,
    exposureS: number,
    call: Call,
  ): Promise<number | undefined> {
    await this.driver.moveTo(position, call.signal);
    const sentence = `DO ${camera} EXPOSE EXPTIME=${exposureS}s FRAME=FOCUS OBJECT=focus`;
    return numberIn(await askDevice(camera, sentence, { signal: call.signal }), 'FWHM');
  }

  async #settle(best: FocusPoint, call: Call) {
    await this.driver.moveTo(best.position, call.signal);
    this.#best = { ...best, timeMs: this.clock.now(), temperatureC: this.driver.temperatureC };
    await this.keep('best', this.#best);
    this.#setReference();
    this.log.info(`best focus at ${best.position}, ${best.fwhmArcsec.toFixed(2)} arcsec`);
    return { POSITION: best.position, FWHM: best.fwhmArcsec };
  }

  #compensate(on: boolean): void {
    this.#timer?.cancel();
    this.#reference = undefined;
    if (!on) return;
    this.#reference = { position: this.driver.position, temperatureC: this.driver.temperatureC ?? 0 };
    this.#compensateLater();
  }

  #setReference(): void {
    const { position, temperatureC = 0 } = this.driver;
    if (this.#reference) this.#reference = { position, temperatureC };
  }

  #compensateLater(): void {
    this.#timer = this.clock.after(COMPENSATE_MS, () => {
      this.#follow().catch((error) => this.warn('the focus does not follow the temperature', error));
      this.#compensateLater();
    });
  }

  /** Not while it is told to move. */
  async #follow(): Promise<void> {
    const reference = this.#reference;
    if (!reference || this.lane.running || this.host.state !== 'READY') return;
    const { temperatureC } = this.driver;
    if (temperatureC === undefined) return;
    const { stepsPerDegree } = this.config.settings('focuser');
    const warmerC = temperatureC - reference.temperatureC;
    const position = Math.round(reference.position + stepsPerDegree * warmerC);
    if (position !== this.driver.position) await this.driver.moveTo(position);
  }

  /** With how far a simulated telescope is out of focus, for the simulated cameras. */
  #position() {
    const { position, sharpPosition } = this.driver;
    const defocus = sharpPosition === undefined ? {} : { defocusSteps: position - sharpPosition };
    return { POSITION: position, ...defocus };
  }
}

function narrowest(points: readonly FocusPoint[]): FocusPoint | undefined {
  return points.reduce<FocusPoint | undefined>(
    (best, point) => (best && best.fwhmArcsec <= point.fwhmArcsec ? best : point),
    undefined,
  );
}
