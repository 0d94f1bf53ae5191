// Names of image files.
import { existsSync } from 'node:fs';
import { isoTime } from '../../clock/index.js';
import type { Frame } from '../drivers/index.js';
import { type FitsHeader, type WrittenFits, writeFits } from '../fits/index.js';

/** Longest part of a file name that an object gives. */
const LONGEST_NAME = 80;

/** `<object>_<time>_VIS`: safe as a file name, whatever the object is called. */
export function imageName(object: string, startMs: number, channel: string): string {
  const time = isoTime(startMs).replace(/[-:]/g, '').slice(0, -1);
  const name = object.replace(/[^A-Za-z0-9+-]+/g, '_').slice(0, LONGEST_NAME) || 'unnamed';
  return `${name}_${time}_${channel}`;
}

/** A simulated night may be lived through again, at the same times: no image is ever overwritten. */
export async function writeUnderFreeName(
  path: string,
  header: FitsHeader,
  frame: Frame,
): Promise<WrittenFits> {
  for (let copy = 1; ; copy += 1) {
    const file = copy === 1 ? `${path}.fits` : `${path}_${copy}.fits`;
    if (!existsSync(file)) return writeFits(file, header, frame);
  }
}
