// The agent of a camera with the driver that the INI file names.
import type { Environment } from '../../mesh/index.js';
import type { CameraDriver } from '../drivers/camera-driver.js';
import { IndiCamera, indiPlace } from '../indi/index.js';
import { type CameraModel, SimulatedCamera } from '../simulator/index.js';
import { CameraAgent } from './camera-agent.js';

/** @param model - of the simulated detector */
export function cameraAgent(
  name: 'camera_vis' | 'camera_nir',
  environment: Environment,
  model: Partial<CameraModel> = {},
): CameraAgent {
  const { driver, focalLength, aperture, telescopeName } = environment.config.settings(name);
  const options = { focalLengthMm: focalLength, apertureMm: aperture, telescope: telescopeName };
  return new CameraAgent(name, environment, driverMaker(name, environment, model), driver, options);
}

function driverMaker(
  name: 'camera_vis' | 'camera_nir',
  { config, clock }: Environment,
  model: Partial<CameraModel>,
): () => CameraDriver {
  const settings = config.settings(name);
  const { driver, width, height, pixelScale, detector, focalLength } = settings;
  if (driver === 'simulator') {
    const size = { width, height, pixelScaleArcsec: pixelScale };
    const simulated = new SimulatedCamera(clock, { ...size, ...model, ...(detector && { detector }) });
    return () => simulated;
  }
  const active = settings.indiActive.map(({ element, device }) => [element, device]);
  return () =>
    new IndiCamera({
      ...indiPlace(settings, clock),
      ...(detector && { detector }),
      focalLengthMm: focalLength,
      positionAngleDeg: settings.positionAngle,
      gainEPerAdu: settings.gain,
      readNoiseE: settings.readNoise,
      ...(active.length > 0 && { activeDevices: Object.fromEntries(active) }),
    });
}
