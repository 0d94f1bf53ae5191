// What the weather's agent asks of its station.
import type { DeviceDriver } from './device-driver.js';

/** What a station measures. */
export const WEATHER_SENSORS = ['TEMPERATURE', 'HUMIDITY', 'WIND', 'CLOUD', 'RAIN', 'PRESSURE'] as const;

export type WeatherSensor = (typeof WEATHER_SENSORS)[number];

/** What one sensor says: degrees C, percent, m/s, percent, 1 for rain and 0 for none, hPa. */
export interface Reading {
  value: number;
  readMs: number;
}

/** What a station says; a sensor that is not there or does not answer is left out. */
export type Readings = Partial<Record<WeatherSensor, Reading>>;

export interface WeatherDriver extends DeviceDriver {
  readonly readings: Readings;

  /** Names of what the station itself finds dangerous. */
  readonly alarms?: readonly string[];

  /** Calls back when there are new readings, or a new judgement of the station. */
  onReadings(listener: () => void): void;

  /** Reads the sensors now. */
  refresh(): Promise<void>;

  /** Sets what a sensor says: only a simulated station can. */
  setReading?(sensor: WeatherSensor, value: number): void;
}
