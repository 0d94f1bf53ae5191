// One exposure of an INDI camera: from the command until its BLOB is there.
import type { ExposureProgress } from '../drivers/camera-driver.js';
import { InstrumentError } from '../errors.js';
import type { IndiDevice } from './device.js';
import { shown } from './errors.js';
import { assertFits } from './frame-from-fits.js';
import type { IndiBlob } from './property-store.js';
import { IndiVector } from './vector.js';

const PROPERTY = 'CCD_EXPOSURE';
const VALUE = 'CCD_EXPOSURE_VALUE';
const PROGRESS_EVERY_MS = 1000;

/** An image that comes earlier than this before the end of the exposure is of another one. */
const EARLY_MS = 250;

type OnProgress = (progress: ExposureProgress) => void;

/** Runs once. */
export class Exposure {
  /** When the shutter opened, as near as the camera's words tell. */
  startMs = 0;
  #sentMs = 0;
  /** The camera was told to expose, and has not said that it is over. */
  mayGoOn = false;
  readonly #ended = new AbortController();
  readonly #stop: () => void;
  #onBlob: ((blob: IndiBlob | Error) => void) | undefined;
  #exposureS = 0;
  #onProgress: OnProgress | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;
  #isReading = false;

  constructor(private readonly device: IndiDevice) {
    this.#stop = device.listen({
      onSet: (vector) => this.#look(vector),
      onBlob: (blob) => this.#onBlob?.(blob),
      onGone: (error, name) => name === undefined && this.end(error),
    });
  }

  /** Aborted when it is over before its time. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Why it is over before its time. */
  get reason(): InstrumentError | undefined {
    return this.#ended.signal.aborted ? (this.#ended.signal.reason as InstrumentError) : undefined;
  }

  throwIfEnded(): void {
    this.#ended.signal.throwIfAborted();
  }

  /** Ends it: {@link Exposure.run} rejects. */
  end(reason: InstrumentError): void {
    this.#ended.abort(reason);
  }

  /** Stops listening. */
  close(): void {
    this.#stop();
    this.#onBlob = undefined;
  }

  /**
   * Exposes, and waits for the image.
   * @throws InstrumentError (rejects) `DRIVER`, `TIMEOUT`, `ABORTED` when another client has aborted it, or
   *   {@link Exposure.reason}
   */
  async run(exposureS: number, readMs: number, onProgress: OnProgress): Promise<IndiBlob> {
    this.#exposureS = exposureS;
    this.#onProgress = onProgress;
    this.#sentMs = this.device.clock.now();
    this.startMs = Number.POSITIVE_INFINITY;
    const blob = this.#nextBlob();
    blob.catch(() => undefined);
    this.mayGoOn = true;
    const word = this.device.set(
      PROPERTY,
      { [VALUE]: exposureS },
      { deadlineMs: exposureS * 1000 + readMs, signal: this.signal, isDone: this.#isDone },
    );
    word.catch(() => undefined);
    // The image is proof enough: the word that it is done may come 40 ms later (Nagle's algorithm in the server).
    const first = await Promise.race([blob, word]);
    if (!Number.isFinite(this.startMs)) this.startMs = this.#sentMs;
    if (!(first instanceof IndiVector)) return first;
    // An aborted exposure is idle, and brings no image.
    if (first.state === 'Idle') {
      throw new InstrumentError(
        'ABORTED',
        `the exposure of ${shown(this.device.name)} was aborted by another client`,
      );
    }
    return this.#soon(blob, readMs);
  }

  /** What is told before the camera has begun, and could have ended, is of the exposure before. */
  #isDone = ({ state }: IndiVector, wasBusy: boolean): boolean =>
    state !== 'Busy' && (wasBusy || !this.#isEarly);

  get #isEarly(): boolean {
    return this.device.clock.now() < this.#sentMs + this.#exposureS * 1000 - EARLY_MS;
  }

  /** Comes before the word that the exposure is done, of most drivers. */
  async #soon(blob: Promise<IndiBlob>, readMs: number): Promise<IndiBlob> {
    const late = new AbortController();
    const timer = this.device.clock.after(readMs, () => {
      const text = `no image of ${shown(this.device.name)} within ${readMs / 1000} s after its exposure`;
      late.abort(new InstrumentError('TIMEOUT', text));
    });
    try {
      return await Promise.race([blob, rejectedBy(late.signal), rejectedBy(this.signal)]);
    } finally {
      timer.cancel();
    }
  }

  #nextBlob(): Promise<IndiBlob> {
    return new Promise((resolve, reject) => {
      this.#onBlob = (blob) => {
        if (blob instanceof Error) return reject(blob);
        // Of an exposure that was aborted, and whose image was on its way already.
        if (this.#isEarly) return undefined;
        try {
          assertFits(blob.format);
          return resolve(blob);
        } catch (error) {
          return reject(error);
        }
      };
    });
  }

  /** Words are late, by 40 ms at times, never early: of what they say, the earliest is true. */
  #estimateStart(startMs: number): void {
    this.startMs = Math.max(this.#sentMs, Math.min(this.startMs, startMs));
  }

  #look(vector: IndiVector): void {
    if (vector.name !== PROPERTY || !this.#onProgress) return;
    if (vector.state !== 'Busy') {
      this.mayGoOn = false;
      return;
    }
    const nowMs = this.device.clock.now();
    const isFirst = this.#toldMs === Number.NEGATIVE_INFINITY;
    const leftS = Math.max(0, Math.min(vector.number(VALUE) ?? 0, this.#exposureS));
    this.#estimateStart(nowMs - (this.#exposureS - leftS) * 1000);
    const reads = leftS === 0 && !isFirst;
    if (this.#isReading || (!reads && nowMs - this.#toldMs < PROGRESS_EVERY_MS)) return;
    this.#toldMs = nowMs;
    this.#isReading = reads;
    this.#onProgress({ state: reads ? 'READING' : 'EXPOSING', leftS });
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    return undefined;
  });
}
