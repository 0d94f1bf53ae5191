// What a camera costs besides its exposure: drawing a simulated frame, writing FITS, and the way to the disk.
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DEFAULT_CAMERA_MODEL, FitsHeader, writeFits } from '../../src/instruments/index.js';
import { PainterThread } from '../../src/instruments/simulator/painter-thread.js';
import { type Benchmark, figure, percentile } from '../figure.js';
import { exposureOverheadMs } from './overhead.js';

/** A place outside of the Milky Way, with as many stars as anywhere in the simulated sky. */
const POINTING = { raDeg: 83.63, decDeg: 22.01 };
const ONE_K = 1024;
/** 33 MB. */
const LARGE = { width: 4096, height: 4096 };
const SETUP = { binning: [1, 1], window: [0, 0, ONE_K, ONE_K], gain: 0, shutter: 'AUTO' } as const;

const instruments: Benchmark = async ({ quick }) => {
  const rounds = quick ? 5 : 20;
  const directory = await mkdtemp(join(tmpdir(), 'pyros-bench-'));
  try {
    const drawn = await drawing(rounds);
    const written = await writing(directory, rounds);
    const overhead = await exposureOverheadMs(directory, rounds);
    return [
      figure('drawing a frame of 1k x 1k on its thread, p50', percentile(drawn.timesMs, 0.5), 'ms', {
        atMost: 60,
      }),
      figure('drawing: longest delay of the event loop', drawn.delayMs, 'ms', { atMost: 20 }),
      figure(
        'FITS of 33 MB to disk, p50',
        percentile(written.timesMs, 0.5),
        'ms',
        { atMost: 120 },
        written.plainMs,
      ),
      figure('writing: longest delay of the event loop', written.delayMs, 'ms', { atMost: 20 }),
      figure('shutter closed to FITS of 2.6 MB on disk, p50', percentile(overhead, 0.5), 'ms', {
        atMost: 15,
      }),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

interface Times {
  timesMs: number[];
  /** The event loop's. */
  delayMs: number;
}

async function drawing(rounds: number): Promise<Times> {
  const painter = new PainterThread();
  const model = { ...DEFAULT_CAMERA_MODEL, width: ONE_K, height: ONE_K };
  const paint = (startMs: number) =>
    painter.paint(model, {
      exposureS: 30,
      imageType: 'LIGHT',
      pointing: POINTING,
      startMs,
      endMs: startMs + 30_000,
      setup: SETUP,
      darkFactor: 1,
    });
  await paint(0);
  const times = await timed(rounds, (round) => paint(round * 60_000));
  painter.close();
  return times;
}

async function writing(directory: string, rounds: number): Promise<Times & { plainMs: number }> {
  const pixels = Uint16Array.from(
    { length: LARGE.width * LARGE.height },
    (_, n) => 1000 + ((n * 2_654_435_761) % 97),
  );
  const header = new FitsHeader().setText('OBJECT', 'bench');
  const write = async (name: string) => {
    const path = join(directory, name);
    await writeFits(path, header, { ...LARGE, pixels });
    await rm(path);
  };
  await write('warm.fits');
  const times = await timed(Math.ceil(rounds / 2), (round) => write(`${round}.fits`));
  const plain = await timed(Math.ceil(rounds / 2), (round) =>
    plainWrite(join(directory, `${round}.raw`), pixels),
  );
  return { ...times, plainMs: percentile(plain.timesMs, 0.5) };
}

/** The same bytes, as they are, flushed. */
async function plainWrite(path: string, pixels: Uint16Array): Promise<void> {
  const file = await open(path, 'wx');
  await file.write(Buffer.from(pixels.buffer));
  await file.sync();
  await file.close();
  await rm(path);
}

async function timed(rounds: number, work: (round: number) => Promise<unknown>): Promise<Times> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const timesMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now();
    delay.enable();
    await work(round);
    delay.disable();
    timesMs.push(performance.now() - startMs);
  }
  return { timesMs, delayMs: delay.max / 1e6 };
}

export default instruments;
