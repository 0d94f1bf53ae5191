// How long an image of an INDI server takes after its shutter has closed. Needs Debian's indi-bin.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_INDI_LIMITS, IndiCamera, imageHeader, writeFits } from '../../src/instruments/index.js';
import { ElementReader } from '../../src/instruments/indi/element-reader.js';
import { IndiServer } from '../../test/helpers/indi-server.js';
import { type Figure, figure, percentile } from '../figure.js';
import { LoopWatch } from './loop-watch.js';

const OVERHEAD_GOAL_MS = 30;
const BLOCKED_GOAL_MS = 20;
const EXPOSURE_S = 0.5;
/** Exposures that are not counted: a process that has run for a while is measured. */
const WARM_UP = 3;
const BLOB_BYTES = 33_554_432;
/** As much as Node reads at once. */
const CHUNK_BYTES = 65_536;

/** Figures of an exposure to a FITS file on disk (2.6 MB), and of a BLOB of 33 MB. */
export async function indiFigures({ quick }: { quick: boolean }): Promise<Figure[]> {
  return [...(await exposures(quick ? 5 : 20)), ...blob()];
}

async function exposures(count: number): Promise<Figure[]> {
  const server = await IndiServer.start(['ccd']);
  const folder = await mkdtemp(join(tmpdir(), 'pyros-bench-indi-'));
  const camera = new IndiCamera({
    host: '127.0.0.1',
    port: server.port,
    device: 'CCD Simulator',
    focalLengthMm: 400,
  });
  const overheads: number[] = [];
  const fromCommand: number[] = [];
  const blocked: number[] = [];
  try {
    await camera.connect();
    for (let n = 0; n < WARM_UP + count; n += 1) {
      const watch = new LoopWatch();
      const begun = performance.now();
      const frame = await camera.expose({ exposureS: EXPOSURE_S, imageType: 'LIGHT' });
      const software = { name: 'PyROS', version: '0' };
      const about = { imageType: 'LIGHT' as const, camera: camera.info, createdMs: frame.endMs, software };
      await writeFits(join(folder, `${n}.fits`), imageHeader({ ...about, frame }), frame);
      const doneMs = performance.now();
      const stoodMs = watch.end();
      if (n < WARM_UP) continue;
      fromCommand.push(doneMs - begun - EXPOSURE_S * 1000);
      // When the shutter has closed is known by the words of the camera.
      overheads.push(performance.timeOrigin + doneMs - frame.endMs);
      blocked.push(stoodMs);
    }
  } finally {
    await camera.disconnect();
    await server.stop();
    await rm(folder, { recursive: true });
  }
  return [
    figure('INDI: shutter closed to FITS on disk, 2.6 MB, p50', percentile(overheads, 0.5), 'ms', {
      atMost: OVERHEAD_GOAL_MS,
    }),
    figure('INDI: command to FITS on disk but for the exposure, p50', percentile(fromCommand, 0.5), 'ms'),
    figure('INDI: longest stand of the event loop in one of them, p50', percentile(blocked, 0.5), 'ms', {
      atMost: BLOCKED_GOAL_MS,
    }),
  ];
}

function blob(): Figure[] {
  const text = Buffer.alloc(BLOB_BYTES, 'light').toString('base64');
  const head = `<setBLOBVector device="C" name="CCD1"><oneBLOB name="CCD1" size="${BLOB_BYTES}" format=".fits">`;
  const stream = Buffer.from(`${head}${text}</oneBLOB></setBLOBVector>`);
  const begun = performance.now();
  const reader = new ElementReader(DEFAULT_INDI_LIMITS, () => undefined);
  for (let at = 0; at < stream.length; at += CHUNK_BYTES) reader.push(stream.subarray(at, at + CHUNK_BYTES));
  const perSecond = BLOB_BYTES / 1e6 / ((performance.now() - begun) / 1000);
  return [figure('INDI: BLOB of 33 MB decoded in chunks of 64 KB', perSecond, 'MB/s')];
}
