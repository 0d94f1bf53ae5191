// A camera at an INDI server, whose images come as FITS files in BLOBs.
import type {
  CameraDriver,
  CameraInfo,
  CameraSetup,
  CameraState,
  CameraTemperature,
  ExposureProgress,
  ExposureRequest,
  Frame,
  ImageType,
} from '../drivers/camera-driver.js';
import { InstrumentError, outOfRange } from '../errors.js';
import { CameraSetting } from './camera-setting.js';
import { IndiDriver, type IndiDriverOptions } from './driver.js';
import { shown } from './errors.js';
import { Exposure } from './exposure.js';
import { imageFromFits } from './frame-from-fits.js';

/** A camera, and what is in front of it. */
export interface IndiCameraOptions extends IndiDriverOptions {
  /** FITS's DETECTOR. @defaultValue the device's name */
  detector?: string;
  /** Of the telescope: with the size of the pixels it gives the scale of images. */
  focalLengthMm: number;
  /** Direction of the columns (upwards) on the sky, from north by east. @defaultValue 0 */
  positionAngleDeg?: number;
  /** @defaultValue 1 */
  gainEPerAdu?: number;
  /** @defaultValue 0: not known */
  readNoiseE?: number;
  /** Devices that the driver looks at for its FITS header, by names of INDI: `ACTIVE_FILTER` and so on. */
  activeDevices?: Readonly<Record<string, string>>;
  /** From the end of the exposure until its image is there. @defaultValue 60 000 */
  readMs?: number;
}

const READ_MS = 60_000;
const ABORT_MS = 10_000;
const READY_MS = 2_000;
const MAX_EXPOSURE_S = 3600;

/** Short exposures end with a look of the driver at its camera. */
const POLLING_MS = 100;

/** Arc seconds for a micrometre at a focal length of a millimetre. */
const ARCSEC_PER_UM_PER_MM = 206.264_806;

const FRAME_TYPES: Record<ImageType, string> = {
  LIGHT: 'FRAME_LIGHT',
  FOCUS: 'FRAME_LIGHT',
  DARK: 'FRAME_DARK',
  BIAS: 'FRAME_BIAS',
  FLAT: 'FRAME_FLAT',
};

type OnProgress = (progress: ExposureProgress) => void;

/** A camera at an INDI server. */
export class IndiCamera extends IndiDriver implements CameraDriver {
  protected readonly needed = [
    'CCD_EXPOSURE',
    'CCD_INFO',
    'CCD_ABORT_EXPOSURE',
    'CCD_FRAME_TYPE',
    'UPLOAD_MODE',
    'CCD1',
  ];
  readonly #options: IndiCameraOptions;
  readonly #setting: CameraSetting;
  #exposure: Exposure | undefined;
  #state: 'IDLE' | 'EXPOSING' | 'READING' = 'IDLE';
  /** Until the camera is ready for the next exposure, after one that is over for us. */
  #ending: Promise<void> = Promise.resolve();

  constructor(options: IndiCameraOptions) {
    super({ pollingMs: POLLING_MS, ...options });
    this.#options = options;
    this.#setting = new CameraSetting(this.device);
  }

  get state(): CameraState {
    return this.isConnected ? this.#state : 'ERROR';
  }

  get info(): CameraInfo {
    this.assertConnected();
    const { detector, focalLengthMm, positionAngleDeg = 0, gainEPerAdu = 1, readNoiseE = 0 } = this.#options;
    return {
      detector: detector ?? this.device.name,
      width: this.device.number('CCD_INFO', 'CCD_MAX_X') ?? 0,
      height: this.device.number('CCD_INFO', 'CCD_MAX_Y') ?? 0,
      pixelScaleArcsec:
        (ARCSEC_PER_UM_PER_MM * (this.device.number('CCD_INFO', 'CCD_PIXEL_SIZE') ?? 0)) / focalLengthMm,
      positionAngleDeg,
      gainEPerAdu,
      readNoiseE,
    };
  }

  /** How it reads its detector. */
  get setup(): CameraSetup {
    this.assertConnected();
    return this.#setting.setup;
  }

  /** @throws InstrumentError (rejects) `INVALID_VALUE`, `NOT_IMPLEMENTED` */
  async configure(setup: Partial<CameraSetup>): Promise<void> {
    this.assertConnected();
    await this.#setting.configure(setup);
  }

  temperature(): CameraTemperature {
    this.assertConnected();
    return this.#setting.temperature;
  }

  /** Sets what the cooler aims at. */
  async aimAt(targetC: number): Promise<void> {
    this.assertConnected();
    await this.#setting.aimAt(targetC);
  }

  /** Cools to its aim, or switches the cooler off; resolves when it is there. */
  async cool(on: boolean, signal?: AbortSignal): Promise<void> {
    this.assertConnected();
    await this.#setting.cool(on, signal);
  }

  async expose(request: ExposureRequest, signal?: AbortSignal, onProgress?: OnProgress): Promise<Frame> {
    this.assertConnected();
    if (!(request.exposureS >= 0 && request.exposureS <= MAX_EXPOSURE_S)) {
      throw outOfRange('the exposure', request.exposureS, `from 0 to ${MAX_EXPOSURE_S} s`);
    }
    if (this.#exposure) throw new InstrumentError('BUSY', `the camera ${this.title} is ${this.#state}`);
    if (signal?.aborted) throw aborted(signal.reason);
    const exposure = new Exposure(this.device);
    this.#exposure = exposure;
    const abort = () => exposure.end(aborted(signal?.reason));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await this.#take(exposure, request, onProgress);
    } catch (error) {
      this.#stopCamera(exposure);
      throw exposure.reason ?? error;
    } finally {
      signal?.removeEventListener('abort', abort);
      exposure.close();
      this.#exposure = undefined;
      this.#state = 'IDLE';
    }
  }

  abort(): void {
    this.#exposure?.end(aborted());
  }

  async stop(): Promise<void> {
    this.abort();
    await this.#ending;
  }

  protected async prepare(): Promise<void> {
    const { device } = this;
    device.client.enableBlobs(device.name);
    // Nobody waits for what runs there: it is of an agent that has died.
    if (device.isBusy('CCD_EXPOSURE')) await this.#sendAbort();
    await this.setting('UPLOAD_MODE', { UPLOAD_CLIENT: true });
    if (device.has('CCD_COMPRESSION', 'INDI_DISABLED'))
      await this.setting('CCD_COMPRESSION', { INDI_DISABLED: true });
    if (device.has('CCD_TRANSFER_FORMAT', 'FORMAT_FITS')) {
      await this.setting('CCD_TRANSFER_FORMAT', { FORMAT_FITS: true });
    }
    const { activeDevices } = this.#options;
    if (activeDevices) await this.setting('ACTIVE_DEVICES', activeDevices);
  }

  protected override letGo(reason: InstrumentError): void {
    this.#exposure?.end(reason);
  }

  async #take(exposure: Exposure, request: ExposureRequest, onProgress?: OnProgress): Promise<Frame> {
    await this.#ending;
    exposure.throwIfEnded();
    const type = FRAME_TYPES[request.imageType];
    // Each of these costs a round trip: only those that change something.
    if (!this.device.isOn('CCD_FRAME_TYPE', type)) await this.setting('CCD_FRAME_TYPE', { [type]: true });
    exposure.throwIfEnded();
    const exposureS = this.#exposureS(request);
    const readMs = this.#options.readMs ?? READ_MS;
    const blob = await exposure.run(exposureS, readMs, (progress) => {
      this.#state = progress.state;
      onProgress?.(progress);
    });
    this.#ending = this.#untilReady().catch(() => undefined);
    const { header, ...image } = await imageFromFits(blob.bytes, exposure.signal);
    const temperatureC = header.number('CCD-TEMP');
    return {
      ...image,
      startMs: exposure.startMs,
      endMs: exposure.startMs + exposureS * 1000,
      exposureS,
      ...this.#setting.readAs,
      ...(temperatureC !== undefined && { temperatureC }),
    };
  }

  /** A bias is as short as the camera can. */
  #exposureS({ exposureS, imageType }: ExposureRequest): number {
    const least = this.device.vector('CCD_EXPOSURE')?.members.get('CCD_EXPOSURE_VALUE')?.min ?? 0;
    return imageType === 'BIAS' ? Math.max(exposureS, least) : exposureS;
  }

  /** What has ended on our side only goes on in the camera, whether or not it has said that it has begun. */
  #stopCamera(exposure: Exposure): void {
    if (!exposure.mayGoOn || !this.isConnected) return;
    // A failure is told by the next exposure, which the camera then refuses.
    this.#ending = this.#sendAbort().catch(() => undefined);
  }

  /** The image may come before the camera says that it is done. One that never says so is believed to be. */
  async #untilReady(): Promise<void> {
    await this.untilStill(() => !this.device.isBusy('CCD_EXPOSURE'), READY_MS);
  }

  /** The abort is acknowledged before the exposure is idle. */
  async #sendAbort(): Promise<void> {
    await this.device.set('CCD_ABORT_EXPOSURE', { ABORT: true }, { deadlineMs: ABORT_MS });
    await this.device.until(
      () => !this.device.isBusy('CCD_EXPOSURE'),
      { deadlineMs: ABORT_MS },
      () => new InstrumentError('TIMEOUT', `the camera ${shown(this.device.name)} does not end its exposure`),
    );
  }
}

function aborted(cause?: unknown): InstrumentError {
  return new InstrumentError('ABORTED', 'the exposure was aborted and its image dropped', cause);
}
