// What a simulated camera and the telescope in front of it are like.
import type { CameraInfo } from '../drivers/camera-driver.js';

/** Options of a simulated camera. */
export interface CameraModel extends CameraInfo {
  /** From the closing of the shutter until the frame is there. */
  readoutS: number;
  /** Level of a pixel without light. */
  biasAdu: number;
  /** Electrons that a warm detector makes by itself, in each pixel. */
  darkEPerS: number;
  /** Part of the pixels that are hot, 0 to 1; always the same ones for a detector's name. */
  hotPixelFraction: number;
  /** A star of this magnitude gives one electron per second. */
  zeroPointMag: number;
  /** Brightness of the sky in a square arcsec. */
  skyMagPerArcsec2: number;
  /** Width of a star at half its height: the seeing. */
  fwhmArcsec: number;
  /** Width that a step of the focuser away from the focus adds, squared sum. */
  arcsecPerDefocusStep: number;
  /** How fast the cooler changes the temperature. */
  coolingCPerMin: number;
  /** At which the dark current is as given; it doubles every 6 degrees. */
  darkTemperatureC: number;
  ambientC: number;
  /** Electrons per second and pixel from the screen that flats are taken of. */
  flatEPerS: number;
  /** Of the sky's stars: cameras with the same one see the same sky. */
  skySeed: number;
  /** Of the noise. */
  seed: number;
}

/** A cooled CMOS camera of modest size on a 30 cm telescope, under a dark sky. */
export const DEFAULT_CAMERA_MODEL: Readonly<CameraModel> = {
  detector: 'SIM-VIS',
  width: 512,
  height: 512,
  pixelScaleArcsec: 1.5,
  gainEPerAdu: 1.5,
  readNoiseE: 5,
  readoutS: 1,
  biasAdu: 1000,
  darkEPerS: 0.02,
  hotPixelFraction: 0.0002,
  zeroPointMag: 22.5,
  skyMagPerArcsec2: 20.5,
  fwhmArcsec: 3,
  arcsecPerDefocusStep: 0.01,
  coolingCPerMin: 10,
  darkTemperatureC: -20,
  ambientC: 10,
  flatEPerS: 5000,
  skySeed: 1,
  seed: 1,
};
