// An invented sky: every part of it always has the same stars, as many of each magnitude as the real one on average.
import { type Equatorial, normalizeRa, RAD_PER_DEG, separationDeg } from '../../sky/index.js';
import { Random, seedOf } from './random.js';

/** A star that does not change. */
export interface Star extends Equatorial {
  magnitude: number;
}

/** Size of the cells of the sky, each with stars of its own. */
const CELL_DEG = 0.25;

/**
 * Stars in a square degree up to a magnitude, as the real sky has them on average, near enough: 1 up to the 8th,
 * 300 up to the 14th, 11,000 up to the 20th.
 */
const LOG_COUNTS: readonly (readonly [magnitude: number, log10PerDeg2: number])[] = [
  [4, -1.9],
  [6, -0.92],
  [8, 0],
  [10, 0.93],
  [12, 1.75],
  [14, 2.5],
  [16, 3.15],
  [18, 3.65],
  [20, 4.05],
];

const LOG_TOTAL = Math.max(...LOG_COUNTS.map(([, count]) => count));

/** The stars of one invented sky. */
export class StarField {
  constructor(private readonly seed: number) {}

  /** The stars within a radius of a place, made one after the other: 11,000 in a square degree. */
  *starsAround(centre: Equatorial, radiusDeg: number): Generator<Star> {
    for (const cell of cellsAround(centre, radiusDeg)) {
      for (const star of this.#starsOf(cell)) if (separationDeg(star, centre) <= radiusDeg) yield star;
    }
  }

  #starsOf(cell: Cell): Star[] {
    const random = new Random(seedOf(this.seed, cell.band, cell.index));
    const mean = 10 ** LOG_TOTAL * cell.areaDeg2;
    const count = Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
    return Array.from({ length: count }, () => starIn(cell, random));
  }
}

interface Cell {
  band: number;
  index: number;
  westDeg: number;
  widthDeg: number;
  sinSouth: number;
  sinNorth: number;
  areaDeg2: number;
}

/** Bands of declination, cut into cells that are about square. */
function* cellsAround(centre: Equatorial, radiusDeg: number): Generator<Cell> {
  const lowest = Math.max(0, bandOf(centre.decDeg - radiusDeg));
  const highest = Math.min(bandOf(90) - 1, bandOf(centre.decDeg + radiusDeg));
  for (let band = lowest; band <= highest; band += 1) {
    const count = cellsInBand(band);
    const widthDeg = 360 / count;
    const reach = Math.ceil(reachDeg(centre.decDeg, radiusDeg) / widthDeg);
    const middle = Math.floor(normalizeRa(centre.raDeg) / widthDeg);
    const wanted = Math.min(count, 2 * reach + 1);
    for (let n = 0; n < wanted; n += 1) yield cellAt(band, (middle - reach + n + count) % count, widthDeg);
  }
}

function bandOf(decDeg: number): number {
  return Math.floor((decDeg + 90) / CELL_DEG);
}

function cellsInBand(band: number): number {
  const decDeg = (band + 0.5) * CELL_DEG - 90;
  return Math.max(1, Math.ceil((360 * Math.cos(decDeg * RAD_PER_DEG)) / CELL_DEG));
}

/** How far in right ascension a circle goes from its middle: all the way round when it holds a pole. */
function reachDeg(decDeg: number, radiusDeg: number): number {
  const sine = Math.sin(radiusDeg * RAD_PER_DEG) / Math.cos(decDeg * RAD_PER_DEG);
  return Math.abs(decDeg) + radiusDeg >= 90 ? 180 : Math.asin(Math.min(1, sine)) / RAD_PER_DEG;
}

function cellAt(band: number, index: number, widthDeg: number): Cell {
  const southDeg = band * CELL_DEG - 90;
  const sinSouth = Math.sin(southDeg * RAD_PER_DEG);
  const sinNorth = Math.sin((southDeg + CELL_DEG) * RAD_PER_DEG);
  const areaDeg2 = (widthDeg * (sinNorth - sinSouth)) / RAD_PER_DEG;
  return { band, index, westDeg: index * widthDeg, widthDeg, sinSouth, sinNorth, areaDeg2 };
}

/** Evenly over the cell's area. */
function starIn(cell: Cell, random: Random): Star {
  const sinDec = cell.sinSouth + (cell.sinNorth - cell.sinSouth) * random.uniform();
  return {
    raDeg: cell.westDeg + cell.widthDeg * random.uniform(),
    decDeg: Math.asin(sinDec) / RAD_PER_DEG,
    magnitude: magnitudeAt(Math.log10(1 - random.uniform()) + LOG_TOTAL),
  };
}

/** The magnitude up to which there are so many stars: the table read backwards, with straight lines between. */
function magnitudeAt(logCount: number): number {
  let [brightMag, brightLog] = LOG_COUNTS[0] as readonly [number, number];
  for (const [magnitude, log] of LOG_COUNTS) {
    if (logCount <= log && log > brightLog) {
      const part = Math.max(0, (logCount - brightLog) / (log - brightLog));
      return brightMag + part * (magnitude - brightMag);
    }
    [brightMag, brightLog] = [magnitude, log];
  }
  return brightMag;
}
