// A simulated weather station: a fair night, with a little wander that is the same for the same seed and time.
import type { Clock, Timer } from '../../clock/index.js';
import type { Readings, WeatherDriver, WeatherSensor } from '../drivers/weather-driver.js';
import { Random, seedOf } from './random.js';
import { SimulatedDevice } from './simulated-device.js';

const PERIOD_MS = 10_000;

/** A fair night, and how far each value strays from it. */
const FAIR: Record<WeatherSensor, [value: number, stray: number]> = {
  TEMPERATURE: [8, 0.3],
  HUMIDITY: [40, 2],
  WIND: [4, 1],
  CLOUD: [5, 2],
  RAIN: [0, 0],
  PRESSURE: [730, 0.2],
};

export class SimulatedWeather extends SimulatedDevice implements WeatherDriver {
  #readings: Readings = {};
  readonly #set = new Map<WeatherSensor, number>();
  #listener: (() => void) | undefined;
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly seed = 1,
  ) {
    super();
  }

  get readings(): Readings {
    return this.#readings;
  }

  onReadings(listener: () => void): void {
    this.#listener = listener;
  }

  override async connect(): Promise<void> {
    await super.connect();
    this.#read();
  }

  override async disconnect(): Promise<void> {
    await super.disconnect();
    this.#timer?.cancel();
    this.#listener = undefined;
  }

  async refresh(): Promise<void> {
    const fault = this.obey();
    if (fault) await fault;
    this.#read();
  }

  setReading(sensor: WeatherSensor, value: number): void {
    this.#set.set(sensor, value);
    this.#read();
  }

  async stop(): Promise<void> {}

  /** A station that hangs gives no new readings, and the old ones grow stale. */
  #read(): void {
    this.#timer?.cancel();
    this.#timer = this.clock.after(PERIOD_MS, () => {
      const fault = this.obey();
      if (fault) fault.catch(() => undefined);
      else this.#read();
    });
    const readMs = this.clock.now();
    const random = new Random(seedOf(this.seed, Math.floor(readMs / PERIOD_MS)));
    for (const [sensor, [value, stray]] of Object.entries(FAIR) as [WeatherSensor, [number, number]][]) {
      const fair = Math.max(0, value + stray * random.normal());
      this.#readings = { ...this.#readings, [sensor]: { value: this.#set.get(sensor) ?? fair, readMs } };
    }
    this.#listener?.();
  }
}
