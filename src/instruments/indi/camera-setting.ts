// How an INDI camera reads its detector, and how cold it is.
import type { CameraSetup, CameraTemperature } from '../drivers/camera-driver.js';
import { InstrumentError } from '../errors.js';
import type { IndiDevice } from './device.js';
import { SETTING_MS } from './driver.js';
import { shown } from './errors.js';

/** For cooling down or warming up. */
const COOL_MS = 1_800_000;

/** What can be set of a camera. */
export class CameraSetting {
  constructor(private readonly device: IndiDevice) {}

  /** INDI's cameras open for light only. */
  get setup(): CameraSetup {
    return {
      binning: this.#binning,
      window: this.#window,
      gain: this.#number('CCD_GAIN', 'GAIN', 0),
      shutter: 'AUTO',
    };
  }

  /** What a frame tells of it. */
  get readAs(): { binning: readonly [number, number]; origin: readonly [number, number] } {
    const [x, y] = this.#window;
    return { binning: this.#binning, origin: [x, y] };
  }

  async configure({ binning, window, gain, shutter }: Partial<CameraSetup>): Promise<void> {
    if (shutter !== undefined && shutter !== 'AUTO') {
      throw new InstrumentError(
        'NOT_IMPLEMENTED',
        `${shown(this.device.name)} has no shutter of its own: only AUTO`,
      );
    }
    if (binning) await this.#set('CCD_BINNING', { HOR_BIN: binning[0], VER_BIN: binning[1] });
    if (window) {
      const [X, Y, WIDTH, HEIGHT] = window;
      await this.#set('CCD_FRAME', { X, Y, WIDTH, HEIGHT });
    }
    if (gain !== undefined) await this.#set('CCD_GAIN', { GAIN: gain });
  }

  get temperature(): CameraTemperature {
    const temperatureC = this.device.number('CCD_TEMPERATURE', 'CCD_TEMPERATURE_VALUE');
    if (temperatureC === undefined) {
      throw new InstrumentError(
        'NOT_IMPLEMENTED',
        `${shown(this.device.name)} does not tell its temperature`,
      );
    }
    const coolerOn = this.device.isOn('CCD_COOLER', 'COOLER_ON');
    return { temperatureC, targetC: this.#targetC ?? temperatureC, coolerOn };
  }

  #targetC: number | undefined;

  /** Only kept: INDI cools as soon as it is told. */
  async aimAt(targetC: number): Promise<void> {
    const { min = -273, max = 100 } =
      this.device.vector('CCD_TEMPERATURE')?.members.get('CCD_TEMPERATURE_VALUE') ?? {};
    if (!(targetC >= min && targetC <= max)) {
      throw new InstrumentError(
        'INVALID_VALUE',
        `the temperature is ${targetC}: it must be from ${min} to ${max} C`,
      );
    }
    this.#targetC = targetC;
    if (this.device.isOn('CCD_COOLER', 'COOLER_ON')) void this.cool(true).catch(() => undefined);
  }

  async cool(on: boolean, signal?: AbortSignal): Promise<void> {
    if (!on) return this.#set('CCD_COOLER', { COOLER_OFF: true });
    const { targetC } = this.temperature;
    await this.device.set(
      'CCD_TEMPERATURE',
      { CCD_TEMPERATURE_VALUE: targetC },
      { deadlineMs: COOL_MS, signal },
    );
  }

  get #binning(): readonly [number, number] {
    return [this.#number('CCD_BINNING', 'HOR_BIN', 1), this.#number('CCD_BINNING', 'VER_BIN', 1)];
  }

  get #window(): readonly [number, number, number, number] {
    const of = (member: string, otherwise: number) => this.#number('CCD_FRAME', member, otherwise);
    const [width, height] = [
      this.#number('CCD_INFO', 'CCD_MAX_X', 0),
      this.#number('CCD_INFO', 'CCD_MAX_Y', 0),
    ];
    return [of('X', 0), of('Y', 0), of('WIDTH', width), of('HEIGHT', height)];
  }

  #number(property: string, member: string, otherwise: number): number {
    return this.device.number(property, member) ?? otherwise;
  }

  async #set(property: string, values: Record<string, number | boolean>): Promise<void> {
    await this.device.set(property, values, { deadlineMs: SETTING_MS });
  }
}
