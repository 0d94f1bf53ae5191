// A simulated camera: it takes its time by the clock, and draws what a real one would see.
import type { Clock } from '../../clock/index.js';
import type {
  CameraDriver,
  CameraInfo,
  CameraSetup,
  CameraState,
  CameraTemperature,
  ExposureProgress,
  ExposureRequest,
  Frame,
} from '../drivers/camera-driver.js';
import { InstrumentError, outOfRange } from '../errors.js';
import { type CameraModel, DEFAULT_CAMERA_MODEL } from './camera-model.js';
import { DetectorTemperature } from './detector-temperature.js';
import { PainterThread } from './painter-thread.js';
import { SimulatedDevice } from './simulated-device.js';

/** The longest exposure that a command may ask for. */
const MAX_EXPOSURE_S = 3600;

const PROGRESS_EVERY_MS = 1000;

type OnProgress = (progress: ExposureProgress) => void;

/** An exposure that goes on. */
interface Exposure {
  readonly request: ExposureRequest;
  readonly abort: AbortController;
  /** Ends the wait for the closing of the shutter. */
  readonly finish: AbortController;
}

/** {@link CameraDriver} of a camera that is not there. A light frame without a pointing shows an empty sky. */
export class SimulatedCamera extends SimulatedDevice implements CameraDriver {
  readonly info: CameraInfo;
  readonly #model: CameraModel;
  readonly #painter = new PainterThread();
  readonly #temperature: DetectorTemperature;
  #setup: CameraSetup;
  #state: CameraState = 'IDLE';
  #exposure: Exposure | undefined;

  constructor(
    private readonly clock: Clock,
    options: Partial<CameraModel> = {},
  ) {
    super();
    this.#model = { ...DEFAULT_CAMERA_MODEL, ...options };
    const { detector, width, height, pixelScaleArcsec, gainEPerAdu, readNoiseE } = this.#model;
    this.info = { detector, width, height, pixelScaleArcsec, gainEPerAdu, readNoiseE };
    this.#temperature = new DetectorTemperature(clock, this.#model);
    this.#setup = { binning: [1, 1], window: [0, 0, width, height], gain: 0, shutter: 'AUTO' };
  }

  get state(): CameraState {
    return this.#state;
  }

  get setup(): CameraSetup {
    return this.#setup;
  }

  override async connect(): Promise<void> {
    await super.connect();
    this.#painter.prepare();
  }

  override async disconnect(): Promise<void> {
    await super.disconnect();
    this.abort();
    this.#painter.close();
  }

  async configure(setup: Partial<CameraSetup>): Promise<void> {
    const fault = this.obey();
    if (fault) await fault;
    const next = { ...this.#setup, ...setup };
    checkWindow(next, this.info);
    this.#setup = next;
  }

  temperature(): CameraTemperature {
    return this.#temperature.now();
  }

  async aimAt(targetC: number): Promise<void> {
    const fault = this.obey();
    if (fault) await fault;
    this.#temperature.aimAt(targetC);
  }

  async cool(on: boolean, signal?: AbortSignal): Promise<void> {
    const fault = this.obey(signal);
    if (fault) await fault;
    this.#temperature.switch(on);
    await this.clock.sleep(this.coolEtaS() * 1000, signal);
  }

  coolEtaS(): number {
    return this.#temperature.etaS();
  }

  async expose(request: ExposureRequest, signal?: AbortSignal, onProgress?: OnProgress): Promise<Frame> {
    const { exposureS } = request;
    if (!(exposureS >= 0 && exposureS <= MAX_EXPOSURE_S)) {
      throw outOfRange('the exposure', exposureS, `from 0 to ${MAX_EXPOSURE_S} s`);
    }
    if (this.#exposure)
      throw new InstrumentError('BUSY', `the camera ${this.info.detector} is ${this.#state}`);
    if (signal?.aborted) throw aborted(signal.reason);
    const exposure = { request, abort: new AbortController(), finish: new AbortController() };
    this.#exposure = exposure;
    const abort = () => exposure.abort.abort(aborted(signal?.reason));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await this.#take(exposure, onProgress);
    } catch (error) {
      // Some of what was waiting wraps the reason into an AbortError of its own.
      throw exposure.abort.signal.aborted ? exposure.abort.signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#exposure = undefined;
      this.#state = 'IDLE';
    }
  }

  abort(): void {
    this.#exposure?.abort.abort(aborted());
  }

  finish(): void {
    this.#exposure?.finish.abort(aborted());
  }

  async stop(): Promise<void> {
    this.abort();
  }

  /** The frame is drawn while the shutter is open, as its end is known; anew when it is closed early. */
  async #take({ request, abort, finish }: Exposure, onProgress?: OnProgress): Promise<Frame> {
    const startMs = this.clock.now();
    const plannedMs = startMs + request.exposureS * 1000;
    const planned = this.#draw(request, startMs, plannedMs);
    this.#state = 'EXPOSING';
    const fault = this.obey(abort.signal);
    if (fault) await fault;
    await this.#exposeUntil(plannedMs, AbortSignal.any([abort.signal, finish.signal]), onProgress).catch(
      (error) => {
        if (abort.signal.aborted || !finish.signal.aborted) throw error;
      },
    );
    const endMs = Math.min(plannedMs, finish.signal.aborted ? this.clock.now() : plannedMs);
    const exposureS = endMs === plannedMs ? request.exposureS : (endMs - startMs) / 1000;
    this.#state = 'READING';
    this.#report(endMs, onProgress);
    const drawn = endMs === plannedMs ? planned : this.#draw({ ...request, exposureS }, startMs, endMs);
    const { readoutS } = this.#model;
    await this.clock.sleep(readoutS * 1000, abort.signal);
    const pixels = await raceWith(drawn, abort.signal);
    return { ...this.#shape(), pixels, startMs, endMs, exposureS };
  }

  #draw(request: ExposureRequest, startMs: number, endMs: number): Promise<Uint16Array<ArrayBuffer>> {
    const setup = this.#setup;
    const { darkFactor } = this.#temperature;
    const drawn = this.#painter.paint(this.#model, { ...request, startMs, endMs, setup, darkFactor });
    // It may be given up before anybody waits for it.
    drawn.catch(() => undefined);
    return drawn;
  }

  #shape(): Pick<Frame, 'width' | 'height' | 'binning' | 'origin'> & { temperatureC: number } {
    const { binning, window } = this.#setup;
    return {
      width: Math.floor(window[2] / binning[0]),
      height: Math.floor(window[3] / binning[1]),
      binning,
      origin: [window[0], window[1]],
      temperatureC: this.temperature().temperatureC,
    };
  }

  /** In steps of a second only when somebody wants to hear of them. */
  async #exposeUntil(endMs: number, signal: AbortSignal, onProgress?: OnProgress): Promise<void> {
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

/** The window must lie on the detector, and hold a pixel. */
function checkWindow({ window, binning }: CameraSetup, { width, height }: CameraInfo): void {
  const [x, y, windowWidth, windowHeight] = window;
  const fits = x >= 0 && y >= 0 && x + windowWidth <= width && y + windowHeight <= height;
  if (!fits) throw outOfRange('the window', window.join(','), `within ${width} columns and ${height} rows`);
  if (windowWidth < binning[0] || windowHeight < binning[1])
    throw outOfRange(
      'the window',
      window.join(','),
      `at least as large as a pixel of ${binning.join(' by ')}`,
    );
}

/** The result of `work`, or the signal's reason when that comes first. */
function raceWith<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function aborted(cause?: unknown): InstrumentError {
  return new InstrumentError('ABORTED', 'the exposure was aborted and its image dropped', cause);
}
