// What a camera's agent asks of its detector, whatever stands behind: the simulator or an INDI server.
import type { Equatorial } from '../../sky/index.js';
import type { DeviceDriver } from './device-driver.js';

/** `EXPOSING` with the shutter open, `READING` until the frame is handed over. */
export type CameraState = 'IDLE' | 'EXPOSING' | 'READING' | 'ERROR';

/** Kinds of images, FITS's IMAGETYP. */
export type ImageType = 'LIGHT' | 'DARK' | 'BIAS' | 'FLAT' | 'FOCUS';

/** What is known of a camera before it exposes. */
export interface CameraInfo {
  /** Name of the detector, FITS's DETECTOR. */
  detector: string;
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** On the sky, in the middle of the image. */
  pixelScaleArcsec: number;
  /** Direction of the columns (upwards) on the sky, from north by east. @defaultValue 0 */
  positionAngleDeg?: number;
  /** Electrons in one unit of a pixel. */
  gainEPerAdu: number;
  /** Noise of one read-out of one pixel, in electrons. */
  readNoiseE: number;
}

/** How a camera reads its detector. */
export interface CameraSetup {
  /** Columns and rows that are read as one. */
  binning: readonly [columns: number, rows: number];
  /** Part that is read, in unbinned pixels: first column and row from 0, width and height. */
  window: readonly [x: number, y: number, width: number, height: number];
  /** In the steps of the camera. */
  gain: number;
  /** `AUTO` opens for light only. */
  shutter: 'OPEN' | 'CLOSED' | 'AUTO';
}

/** The temperature of a detector. */
export interface CameraTemperature {
  temperatureC: number;
  targetC: number;
  coolerOn: boolean;
}

/** A source that appears and fades, for cameras that draw their sky themselves; others ignore it. */
export interface Transient extends Equatorial {
  triggerTimeMs: number;
  /** One minute after the trigger. */
  magnitudeAt1min?: number;
}

/** What to expose. */
export interface ExposureRequest {
  /** Shutter time, 0 to 3600. */
  exposureS: number;
  imageType: ImageType;
  /** Where the telescope points when the shutter opens; left out when nobody knows. */
  pointing?: Equatorial;
  transient?: Transient;
  /** Steps of the focuser from the best focus, for cameras that draw their sky themselves. */
  defocusSteps?: number;
}

/** How far an exposure is. */
export interface ExposureProgress {
  state: 'EXPOSING' | 'READING';
  /** Until the frame is there, read-out included. */
  leftS: number;
}

/** One image as the detector gave it. */
export interface Frame {
  width: number;
  height: number;
  /** Row by row; the first pixel is FITS's (1, 1), which is shown at the bottom left. */
  pixels: Uint16Array;
  /** The shutter opened. */
  startMs: number;
  /** The shutter closed. */
  endMs: number;
  exposureS: number;
  /** As it was read. @defaultValue every pixel by itself */
  binning?: readonly [columns: number, rows: number];
  /** Column and row of the detector's first pixel that was read, from 0. */
  origin?: readonly [x: number, y: number];
  temperatureC?: number;
}

/** A camera. */
export interface CameraDriver extends DeviceDriver {
  readonly state: CameraState;
  readonly info: CameraInfo;

  /**
   * Takes one image.
   * @param signal - aborts as {@link CameraDriver.abort} does
   * @param onProgress - called when the shutter opens, about once a second, and when reading begins
   * @throws InstrumentError (rejects) `BUSY` while another runs, `ABORTED`, `INVALID_VALUE`, `DRIVER`,
   *   `NOT_CONNECTED`, `TIMEOUT`
   */
  expose(
    request: ExposureRequest,
    signal?: AbortSignal,
    onProgress?: (progress: ExposureProgress) => void,
  ): Promise<Frame>;

  /** Closes the shutter, and reads what is there: the running `expose` resolves early. Harmless when idle. */
  finish?(): void;

  /** How it reads; changed by {@link CameraDriver.configure}. */
  readonly setup?: CameraSetup;

  /** @throws InstrumentError (rejects) `INVALID_VALUE`, `NOT_IMPLEMENTED` */
  configure?(setup: Partial<CameraSetup>): Promise<void>;

  temperature?(): CameraTemperature;

  /** Sets what the cooler aims at. */
  aimAt?(targetC: number): Promise<void>;

  /** Cools to its aim, or warms up and switches the cooler off; resolves when it is there. */
  cool?(on: boolean, signal?: AbortSignal): Promise<void>;

  /** Seconds until {@link CameraDriver.cool} is over. */
  coolEtaS?(): number;

  /** Closes the shutter and drops the image; the running `expose` rejects with `ABORTED`. Harmless when idle. */
  abort(): void;
}
