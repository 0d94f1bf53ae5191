// A simulated camera: it takes its time by the clock, and draws what a real one would see.
import type { Clock } from '../../clock/index.js';
import type {
  CameraDriver,
  CameraInfo,
  CameraState,
  ExposureProgress,
  ExposureRequest,
  Frame,
} from '../drivers/camera-driver.js';
import { InstrumentError, outOfRange } from '../errors.js';
import { type CameraModel, DEFAULT_CAMERA_MODEL } from './camera-model.js';
import { FramePainter } from './frame-painter.js';

/** The longest exposure that a command may ask for. */
const MAX_EXPOSURE_S = 3600;

const PROGRESS_EVERY_MS = 1000;

type OnProgress = (progress: ExposureProgress) => void;

/** {@link CameraDriver} of a camera that is not there. A light frame without a pointing shows an empty sky. */
export class SimulatedCamera implements CameraDriver {
  readonly info: CameraInfo;
  readonly #model: CameraModel;
  readonly #painter: FramePainter;
  #state: CameraState = 'IDLE';
  #exposure: AbortController | undefined;

  constructor(
    private readonly clock: Clock,
    options: Partial<CameraModel> = {},
  ) {
    this.#model = { ...DEFAULT_CAMERA_MODEL, ...options };
    const { detector, width, height, pixelScaleArcsec, gainEPerAdu, readNoiseE } = this.#model;
    this.info = { detector, width, height, pixelScaleArcsec, gainEPerAdu, readNoiseE };
    this.#painter = new FramePainter(this.#model);
  }

  get state(): CameraState {
    return this.#state;
  }

  async expose(request: ExposureRequest, signal?: AbortSignal, onProgress?: OnProgress): Promise<Frame> {
    const { exposureS } = request;
    if (!(exposureS >= 0 && exposureS <= MAX_EXPOSURE_S)) {
      throw outOfRange('the exposure', exposureS, `from 0 to ${MAX_EXPOSURE_S} s`);
    }
    if (this.#exposure)
      throw new InstrumentError('BUSY', `the camera ${this.info.detector} is ${this.#state}`);
    if (signal?.aborted) throw aborted(signal.reason);
    const exposure = new AbortController();
    this.#exposure = exposure;
    const abort = () => exposure.abort(aborted(signal?.reason));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await this.#take(request, exposure.signal, onProgress);
    } catch (error) {
      // Some of what was waiting wraps the reason into an AbortError of its own.
      throw exposure.signal.aborted ? exposure.signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#exposure = undefined;
      this.#state = 'IDLE';
    }
  }

  abort(): void {
    this.#exposure?.abort(aborted());
  }

  async #take(request: ExposureRequest, signal: AbortSignal, onProgress?: OnProgress): Promise<Frame> {
    const startMs = this.clock.now();
    const endMs = startMs + request.exposureS * 1000;
    this.#state = 'EXPOSING';
    await this.#waitUntil(endMs, signal, onProgress);
    this.#state = 'READING';
    this.#report(endMs, onProgress);
    const readOut = this.clock.sleep(this.#model.readoutS * 1000, signal);
    const drawn = this.#painter.paint({ ...request, startMs, endMs }, signal);
    const [pixels] = await Promise.all([drawn, readOut]);
    const { width, height } = this.info;
    return { width, height, pixels, startMs, endMs, exposureS: request.exposureS };
  }

  /** In steps of a second only when somebody wants to hear of them. */
  async #waitUntil(endMs: number, signal: AbortSignal, onProgress?: OnProgress): Promise<void> {
    for (let leftMs = endMs - this.clock.now(); leftMs > 0; leftMs = endMs - this.clock.now()) {
      this.#report(endMs, onProgress);
      await this.clock.sleep(onProgress ? Math.min(leftMs, PROGRESS_EVERY_MS) : leftMs, signal);
    }
  }

  #report(endMs: number, onProgress?: OnProgress): void {
    if (!onProgress || (this.#state !== 'EXPOSING' && this.#state !== 'READING')) return;
    const leftS = Math.max(0, endMs - this.clock.now()) / 1000 + this.#model.readoutS;
    onProgress({ state: this.#state, leftS });
  }
}

function aborted(cause?: unknown): InstrumentError {
  return new InstrumentError('ABORTED', 'the exposure was aborted and its image dropped', cause);
}
