// Has frames drawn on a thread of their own, so that the agent goes on answering meanwhile.
import { Worker } from 'node:worker_threads';
import { InstrumentError } from '../errors.js';
import type { CameraModel } from './camera-model.js';
import type { PaintedExposure } from './frame-painter.js';
import type { PaintDelivery, PaintOrder } from './painter-worker.js';

type Pixels = Uint16Array<ArrayBuffer>;

interface Waiting {
  resolve: (pixels: Pixels) => void;
  reject: (error: InstrumentError) => void;
}

const MODULE = new URL('./painter-worker.js', import.meta.url);

export class PainterThread {
  #worker: Worker | undefined;
  #waiting = new Map<number, Waiting>();
  #lastNumber = 0;

  /** Starts the thread, so that the first frame has not to wait for it. It keeps no process alive. */
  prepare(): void {
    if (this.#worker) return;
    const worker = new Worker(MODULE, { name: 'painter', execArgv: [] });
    this.#worker = worker;
    worker.on('message', (delivery: PaintDelivery) => this.#deliver(delivery));
    worker.on('error', (error) => this.#gone(worker, String(error)));
    worker.on('exit', (code) => this.#gone(worker, `it has ended with ${code}`));
    worker.unref();
  }

  /** The pixels of an exposure; the same again for the same exposure. @throws InstrumentError `DRIVER` (rejects) */
  paint(model: CameraModel, exposure: PaintedExposure): Promise<Pixels> {
    this.prepare();
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    this.#worker?.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#worker?.postMessage({ number, model, exposure } satisfies PaintOrder);
    });
  }

  /** Ends the thread; it is started again when it is needed. */
  close(): void {
    const worker = this.#worker;
    if (!worker) return;
    this.#gone(worker, 'the camera was disconnected');
    void worker.terminate();
  }

  #deliver(delivery: PaintDelivery): void {
    const waiting = this.#waiting.get(delivery.number);
    this.#waiting.delete(delivery.number);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if ('pixels' in delivery) waiting?.resolve(delivery.pixels);
    else waiting?.reject(new InstrumentError('DRIVER', `the frame could not be drawn: ${delivery.error}`));
  }

  #gone(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    const error = new InstrumentError('DRIVER', `the thread that draws frames is gone: ${reason}`);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
