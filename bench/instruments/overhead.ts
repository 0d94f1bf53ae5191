// From the closing of the shutter to the file on disk, through the agent of a camera without a read-out time.
import { stat } from 'node:fs/promises';
import { RealClock } from '../../src/clock/index.js';
import { parseConfig } from '../../src/config/index.js';
import { CameraAgent, SimulatedCamera } from '../../src/instruments/index.js';
import { silentLogger } from '../../src/log/index.js';
import { Sender } from '../../src/mesh/index.js';
import { freePorts } from '../../src/socket/index.js';

const SIZE = { width: 1280, height: 1024 };
/** Long enough to draw the frame meanwhile. */
const EXPOSURE_S = 0.5;

/** Of so many exposures, in ms: until the answer says that the file is on disk. */
export async function exposureOverheadMs(directory: string, rounds: number): Promise<number[]> {
  const [port] = await freePorts(1);
  const config = parseConfig(
    `[observatory]\nname = Bench\nlatitude = 31\nlongitude = -115\naltitude = 2800
[clock]\nmode = system\n[logging]\nlevel = warn\n[data]\ndirectory = data
[camera_vis]\nip = 127.0.0.1\nreceive_port = ${port}\n`,
    `${directory}/pyros_agent_config.ini`,
  );
  const clock = new RealClock();
  const camera = new SimulatedCamera(clock, { ...SIZE, readoutS: 0 });
  const environment = { config, log: silentLogger, clock };
  const options = { focalLengthMm: 1240, apertureMm: 310, telescope: 'bench' };
  const agent = new CameraAgent('camera_vis', environment, () => camera, 'simulator', options);
  let closedMs = 0;
  const expose = camera.expose.bind(camera);
  camera.expose = (request, signal, onProgress) =>
    expose(request, signal, (progress) => {
      if (progress.state === 'READING') closedMs = performance.now();
      onProgress?.(progress);
    });
  Sender.configure(config, 'bench');
  await agent.start();
  const timesMs: number[] = [];
  try {
    // The first one starts the thread.
    for (let round = -1; round < rounds; round += 1) {
      const answer = await Sender.request('camera_vis', `DO CAMERA:VIS EXPOSE EXPTIME=${EXPOSURE_S}s`);
      const doneMs = performance.now();
      await stat((answer as { PATH: string }).PATH);
      if (round >= 0) timesMs.push(doneMs - closedMs);
    }
  } finally {
    await agent.stop();
    Sender.close();
  }
  return timesMs;
}
