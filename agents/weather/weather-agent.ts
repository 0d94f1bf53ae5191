// The agent of the weather station: says whether it is safe. What is missing, stale or out of its limits is not.
import type { Timer } from '../../src/clock/index.js';
import {
  type DeviceReport,
  IndiWeather,
  InstrumentAgent,
  indiPlace,
  SimulatedWeather,
  type Voter,
  WEATHER_SENSORS,
  type WeatherDriver,
  type WeatherSensor,
} from '../../src/instruments/index.js';
import { Agent, type Environment } from '../../src/mesh/index.js';

/** How often it is thought about when there are no new readings, in ms of observatory time. */
const WATCH_MS = 5000;
/** Sensors that decide on whether it is safe, and the units of their limits. */
const SENSORS = [
  ['WIND', 'wind', 'm/s'],
  ['HUMIDITY', 'humidity', '%'],
  ['CLOUD', 'cloud', '%'],
  ['RAIN', 'rain', ''],
] as const;

export class WeatherAgent extends InstrumentAgent<'WEATHER', WeatherDriver> {
  protected override readonly driverName: string;
  readonly #voter: Voter;
  readonly #maxAgeMs: number;
  readonly #startMs: number;
  #wasReady = false;
  #safe = false;
  #sinceMs: number;
  #reasons: string[] = ['the sensors have not been read yet'];
  /** When something was last wrong. */
  #badMs: number | undefined;
  #timer: Timer | undefined;

  constructor(environment: Environment) {
    const { clock, config } = environment;
    const settings = config.settings('weather');
    const simulated = new SimulatedWeather(clock);
    const make = () => (settings.driver === 'indi' ? new IndiWeather(indiPlace(settings, clock)) : simulated);
    super(Agent.WEATHER, 'WEATHER', environment, make);
    this.driverName = settings.driver;
    this.#maxAgeMs = this.patienceMs(settings.maxAge);
    this.#startMs = clock.now();
    this.#sinceMs = this.#startMs;
    this.limits.set('WIND', settings.maxWind);
    this.limits.set('HUMIDITY', settings.maxHumidity);
    this.limits.set('CLOUD', settings.maxCloud);
    this.limits.set('HOLDOFF', settings.holdOff / 1000);
    this.#voter = this.voterTo(settings.votesTo);
    this.perform('DO REFRESH', () => this.driver.refresh());
    this.perform('SET HOLDOFF', ({ TO }) => this.#setHoldOff(TO));
    this.perform('SET SIMULATE.WIND', ({ TO }) => this.#simulate('WIND', TO));
    this.perform('SET SIMULATE.HUMIDITY', ({ TO }) => this.#simulate('HUMIDITY', TO));
    this.perform('SET SIMULATE.CLOUD', ({ TO }) => this.#simulate('CLOUD', TO));
    this.perform('SET SIMULATE.TEMPERATURE', ({ TO }) => this.#simulate('TEMPERATURE', TO));
    this.perform('SET SIMULATE.RAIN', ({ TO }) => this.#simulate('RAIN', TO ? 1 : 0));
    this.handle('GET SAFE', () => ({
      SAFE: this.#safe,
      REASONS: this.#reasons,
      SINCE: this.#sinceMs,
      EARLIEST: this.#safe ? undefined : this.#earliestMs(),
    }));
    this.handle('GET CONDITIONS', () => this.#conditions());
  }

  protected override async work(): Promise<void> {
    const badMs = Number(this.store.table<string, unknown>('settings').get('bad'));
    // A simulated night may be lived through again.
    if (badMs <= this.clock.now()) this.#badMs = badMs;
    await super.work();
    this.#watchLater();
  }

  protected override async shutdown(): Promise<void> {
    this.#timer?.cancel();
    this.#voter.end();
    await super.shutdown();
  }

  protected override driverReady(driver: WeatherDriver): void {
    this.#wasReady = true;
    driver.onReadings(() => this.#judge());
    this.#judge();
  }

  protected override report({ readings }: WeatherDriver): DeviceReport {
    const times = Object.values(readings).map(({ readMs }) => readMs);
    return {
      state: 'IDLE',
      reason: this.#safe ? undefined : this.#reasons.join('; '),
      readMs: times.length > 0 ? Math.min(...times) : undefined,
    };
  }

  protected override supports(key: string, driver: WeatherDriver): boolean {
    if (key.startsWith('SET SIMULATE.')) return driver.setReading !== undefined;
    return key !== 'DO INIT' || driver.init !== undefined;
  }

  protected override status(): Record<string, unknown> {
    return { ...super.status(), weather: { safe: this.#safe, reasons: this.#reasons } };
  }

  #simulate(sensor: WeatherSensor, value: number): void {
    this.driver.setReading?.(sensor, value);
  }

  async #setHoldOff(seconds: number): Promise<void> {
    this.limits.set('HOLDOFF', seconds);
    this.#judge();
    await this.keep('limit HOLDOFF', seconds);
  }

  #watchLater(): void {
    this.#timer = this.clock.after(WATCH_MS, () => {
      this.#judge();
      this.#watchLater();
    });
  }

  /** Fails closed. */
  #judge(): void {
    const nowMs = this.clock.now();
    const wrong = this.#wrong(nowMs);
    // That a station has not been reached yet, shortly after the start, says nothing about its weather.
    const isStarting = !this.#wasReady && nowMs - this.#startMs < this.#maxAgeMs;
    if (wrong.length > 0 && !isStarting) this.#noteBad(nowMs);
    const heldOff = wrong.length === 0 && nowMs < this.#earliestMs();
    this.#reasons = heldOff ? ['it was not safe a short while ago'] : wrong;
    const safe = this.#reasons.length === 0;
    if (safe !== this.#safe) {
      this.#safe = safe;
      this.#sinceMs = nowMs;
      const text = safe ? 'it is safe' : `it is not safe: ${this.#reasons.join('; ')}`;
      this.log.warn(text);
    }
    this.#voter.cast({ device: this.device, safe, reasons: this.#reasons, interlocks: [] });
  }

  /** What is wrong now. */
  #wrong(nowMs: number): string[] {
    if (this.host.state !== 'READY') return ['the station cannot be reached'];
    const { readings, alarms = [] } = this.driver;
    const { sensors } = this.config.settings('weather');
    const itsOwn = alarms.length > 0 ? [`the station warns: ${alarms.join(', ')}`] : [];
    const found = SENSORS.flatMap(([sensor, name, unit]) => {
      if (!sensors.includes(name) && !readings[sensor]) return [];
      const reading = readings[sensor];
      if (!reading) return [`${name} is not measured`];
      const ageMs = nowMs - reading.readMs;
      if (ageMs > this.#maxAgeMs) return [`${name} was measured ${Math.round(ageMs / 1000)} s ago`];
      if (sensor === 'RAIN') return reading.value > 0 ? ['it rains'] : [];
      const limit = this.limits.get(sensor) ?? 0;
      return reading.value > limit
        ? [`${name} ${reading.value.toFixed(1)} ${unit} is above ${limit} ${unit}`]
        : [];
    });
    return [...found, ...itsOwn];
  }

  /** Kept when it begins, and now and then while it lasts: a restart is no reason to open. */
  #noteBad(nowMs: number): void {
    const isNew = this.#badMs === undefined || nowMs - this.#badMs > WATCH_MS * 2;
    this.#badMs = nowMs;
    if (isNew || this.#safe)
      void this.keep('bad', nowMs).catch((error) => this.warn('cannot be kept', error));
  }

  #earliestMs(): number {
    return this.#badMs === undefined ? 0 : this.#badMs + (this.limits.get('HOLDOFF') ?? 0) * 1000;
  }

  #conditions(): Record<string, number | boolean> {
    const nowMs = this.clock.now();
    const { readings } = this.driver;
    const entries = WEATHER_SENSORS.flatMap((sensor): [string, number | boolean][] => {
      const reading = readings[sensor];
      if (!reading) return [];
      const value = sensor === 'RAIN' ? reading.value > 0 : reading.value;
      return [
        [sensor, value],
        [`${sensor}_AGE`, (nowMs - reading.readMs) / 1000],
      ];
    });
    return Object.fromEntries(entries);
  }
}
