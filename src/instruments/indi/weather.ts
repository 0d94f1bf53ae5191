// A weather station at an INDI server.
import type { Readings, WeatherDriver, WeatherSensor } from '../drivers/weather-driver.js';
import { InstrumentError } from '../errors.js';
import { IndiDriver, type IndiDriverOptions } from './driver.js';
import { Listeners } from './listeners.js';
import type { IndiState, IndiVector } from './vector.js';

/** A station. */
export interface IndiWeatherOptions extends IndiDriverOptions {
  /** Seconds between two readings of the driver. @defaultValue 10 */
  periodS?: number;
}

const PERIOD_S = 10;
const REFRESH_MS = 10_000;
const KMH_PER_MPS = 3.6;

/** INDI's names of what it measures, each with what is one of ours. */
const SENSORS: Readonly<Record<string, [WeatherSensor, (value: number) => number]>> = {
  WEATHER_TEMPERATURE: ['TEMPERATURE', (value) => value],
  WEATHER_HUMIDITY: ['HUMIDITY', (value) => value],
  WEATHER_PRESSURE: ['PRESSURE', (value) => value],
  WEATHER_WIND_SPEED: ['WIND', (kmh) => kmh / KMH_PER_MPS],
  WEATHER_CLOUD_COVER: ['CLOUD', (value) => value],
  WEATHER_RAIN_HOUR: ['RAIN', (mm) => (mm > 0 ? 1 : 0)],
};

/** A weather station at an INDI server. */
export class IndiWeather extends IndiDriver implements WeatherDriver {
  protected readonly needed = ['WEATHER_STATUS', 'WEATHER_PARAMETERS', 'WEATHER_REFRESH'];
  readonly #periodS: number;
  readonly #listeners = new Listeners<() => void>();
  #readings: Readings = {};
  #readCount = 0;

  constructor(options: IndiWeatherOptions) {
    super(options);
    this.#periodS = options.periodS ?? PERIOD_S;
  }

  /** What it has measured; a sensor that is not there is left out. */
  get readings(): Readings {
    return this.#readings;
  }

  /** The driver's own judgement: `Alert` when a value is in its danger zone, `Busy` when it is near. */
  get status(): IndiState {
    return this.device.vector('WEATHER_STATUS')?.state ?? 'Alert';
  }

  /** Names of what the driver finds dangerous. */
  get alarms(): string[] {
    const lights = this.device.vector('WEATHER_STATUS')?.members.values() ?? [];
    return [...lights].filter(({ value }) => value === 'Alert').map(({ label }) => label);
  }

  /** Calls back when there are new readings, or a new judgement. */
  onReadings(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Reads the sensors now. */
  async refresh(): Promise<void> {
    this.assertConnected();
    await this.#refresh();
  }

  /** Nothing moves. */
  async stop(): Promise<void> {}

  protected async prepare(): Promise<void> {
    if (this.device.has('WEATHER_UPDATE', 'PERIOD'))
      await this.setting('WEATHER_UPDATE', { PERIOD: this.#periodS });
    this.whileConnected(this.device.listen({ onSet: (vector) => this.#look(vector) }));
    await this.#refresh();
  }

  /** Its values come after the word that it was done. */
  async #refresh(): Promise<void> {
    const before = this.#readCount;
    await this.device.set('WEATHER_REFRESH', { REFRESH: true }, { deadlineMs: REFRESH_MS });
    const late = () => new InstrumentError('TIMEOUT', `${this.title} was read, and tells nothing`);
    await this.device.until(() => this.#readCount > before, { deadlineMs: REFRESH_MS }, late);
  }

  #look(vector: IndiVector): void {
    if (vector.name === 'WEATHER_PARAMETERS') this.#read(vector);
    if (vector.name === 'WEATHER_PARAMETERS' || vector.name === 'WEATHER_STATUS') {
      this.#listeners.each((listener) => listener());
    }
  }

  #read(vector: IndiVector): void {
    this.#readCount += 1;
    // A station that has lost its sensors says so by the state; its values are old ones.
    if (vector.state === 'Alert') return;
    const readMs = this.device.clock.now();
    for (const [name, [sensor, inOurs]] of Object.entries(SENSORS)) {
      const value = vector.number(name);
      if (value !== undefined)
        this.#readings = { ...this.#readings, [sensor]: { value: inOurs(value), readMs } };
    }
  }
}
