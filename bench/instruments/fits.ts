// How long large FITS files take, and whether anything else can run meanwhile.
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FitsHeader, readFits, writeFits } from '../../src/instruments/index.js';
import { type Figure, figure, percentile } from '../figure.js';
import { LoopWatch } from './loop-watch.js';

/** 33 MB, as of a detector of 4096 by 4096 pixels. */
const SIDE = 4096;
/** Of pieces in which the baseline is written. */
const PIECE_BYTES = 262_144;

const WRITE_GOAL_MS = 120;
const BLOCKED_GOAL_MS = 20;

/** Figures of writing and reading 33 MB, beside the bare bytes. */
export async function fitsFigures({ quick }: { quick: boolean }): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pyros-bench-fits-'));
  const pixels = Uint16Array.from({ length: SIDE * SIDE }, (_, n) => (n * 7919) % 65_536);
  const times = {
    write: [] as number[],
    bare: [] as number[],
    blocked: [] as number[],
    read: [] as number[],
  };
  try {
    for (let n = 0; n < (quick ? 5 : 20); n += 1) {
      const path = join(folder, `${n}.fits`);
      const watch = new LoopWatch();
      times.write.push(
        await timeOf(() => writeFits(path, new FitsHeader(), { width: SIDE, height: SIDE, pixels })),
      );
      times.blocked.push(watch.end());
      const bytes = await readFile(path);
      times.read.push(await timeOf(async () => readFits(bytes)));
      times.bare.push(await timeOf(() => writeBare(join(folder, `${n}.bare`), bytes)));
      await rm(path);
      await rm(join(folder, `${n}.bare`));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const median = (samples: number[]) => percentile(samples, 0.5);
  return [
    figure(
      'FITS of 33 MB written and flushed, p50',
      median(times.write),
      'ms',
      { atMost: WRITE_GOAL_MS },
      median(times.bare),
    ),
    figure('longest stand of the event loop in one of them, p50', median(times.blocked), 'ms', {
      atMost: BLOCKED_GOAL_MS,
    }),
    figure('FITS of 33 MB read, checksum included, p50', median(times.read), 'ms'),
  ];
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** What the disk takes for the same bytes. */
async function writeBare(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES)
      await file.write(bytes, at, Math.min(PIECE_BYTES, bytes.length - at));
    await file.sync();
  } finally {
    await file.close();
  }
}
