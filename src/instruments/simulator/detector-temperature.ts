// The temperature of a simulated detector: it changes evenly towards what its cooler aims at.
import type { Clock } from '../../clock/index.js';
import type { CameraTemperature } from '../drivers/camera-driver.js';

/** Degrees by which the dark current doubles. */
const DOUBLING_C = 6;

/** What the cooler and the surroundings are like. */
export interface CoolerModel {
  coolingCPerMin: number;
  darkTemperatureC: number;
  ambientC: number;
}

export class DetectorTemperature {
  #targetC: number;
  #coolerOn = true;
  #fromC: number;
  #sinceMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly model: CoolerModel,
  ) {
    this.#targetC = model.darkTemperatureC;
    this.#fromC = model.darkTemperatureC;
    this.#sinceMs = clock.now();
  }

  now(): CameraTemperature {
    return { temperatureC: this.#temperatureC(), targetC: this.#targetC, coolerOn: this.#coolerOn };
  }

  /** So many times the dark current of the model. */
  get darkFactor(): number {
    return 2 ** ((this.#temperatureC() - this.model.darkTemperatureC) / DOUBLING_C);
  }

  aimAt(targetC: number): void {
    this.#begin();
    this.#targetC = targetC;
  }

  switch(on: boolean): void {
    this.#begin();
    this.#coolerOn = on;
  }

  /** Seconds until it no longer changes. */
  etaS(): number {
    return (Math.abs(this.#aimC() - this.#temperatureC()) / this.model.coolingCPerMin) * 60;
  }

  #begin(): void {
    this.#fromC = this.#temperatureC();
    this.#sinceMs = this.clock.now();
  }

  #aimC(): number {
    return this.#coolerOn ? this.#targetC : this.model.ambientC;
  }

  #temperatureC(): number {
    const changeC = (this.model.coolingCPerMin * (this.clock.now() - this.#sinceMs)) / 60_000;
    const wayC = this.#aimC() - this.#fromC;
    return Math.abs(wayC) <= changeC ? this.#aimC() : this.#fromC + Math.sign(wayC) * changeC;
  }
}
