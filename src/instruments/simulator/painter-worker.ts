// The thread in which simulated frames are drawn.
import { parentPort } from 'node:worker_threads';
import type { CameraModel } from './camera-model.js';
import { FramePainter, type PaintedExposure } from './frame-painter.js';

/** What the camera wants drawn. */
export interface PaintOrder {
  number: number;
  model: CameraModel;
  exposure: PaintedExposure;
}

/** What it gets. */
export type PaintDelivery =
  | { number: number; pixels: Uint16Array<ArrayBuffer> }
  | { number: number; error: string };

/** Preparing one takes some ms: kept for as long as the camera is the same. */
let painter: { key: string; painter: FramePainter } | undefined;

function painterOf(model: CameraModel): FramePainter {
  const key = JSON.stringify(model);
  if (painter?.key !== key) painter = { key, painter: new FramePainter(model) };
  return painter.painter;
}

parentPort?.on('message', ({ number, model, exposure }: PaintOrder) => {
  try {
    const pixels = painterOf(model).paint(exposure);
    parentPort?.postMessage({ number, pixels } satisfies PaintDelivery, [pixels.buffer]);
  } catch (error) {
    parentPort?.postMessage({ number, error: String(error) } satisfies PaintDelivery);
  }
});
