// The image of a camera's FITS file, read in slices, so that its process goes on answering meanwhile.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { InstrumentError } from '../errors.js';
import { type FitsHeader, fitsImageAt, loadPixels } from '../fits/index.js';

/** Work for about 1 ms. */
const PIXELS_PER_SLICE = 1_048_576;

/** The pixels of a file. */
export interface FitsImage {
  header: FitsHeader;
  width: number;
  height: number;
  pixels: Uint16Array;
}

/**
 * Rows are given from the bottom, also of a file whose first row is the top one, as INDI's drivers write them.
 * @throws InstrumentError (rejects) `INVALID_VALUE`, `NOT_IMPLEMENTED`; the signal's reason
 */
export async function imageFromFits(bytes: Uint8Array, signal?: AbortSignal): Promise<FitsImage> {
  const { header, width, height, dataAt } = fitsImageAt(bytes);
  const pixels = new Uint16Array(width * height);
  const isTopDown = header.text('ROWORDER') === 'TOP-DOWN';
  const rowsPerSlice = Math.max(1, Math.floor(PIXELS_PER_SLICE / width));
  for (let row = 0; row < height; row += rowsPerSlice) {
    if (row > 0) await nextTurn(undefined, { signal });
    const rows = Math.min(rowsPerSlice, height - row);
    const to = isTopDown ? height - row - rows : row;
    const slice = pixels.subarray(to * width, (to + rows) * width);
    loadPixels(bytes, dataAt + 2 * row * width, slice, isTopDown ? width : undefined);
  }
  return { header, width, height, pixels };
}

/** The BLOB of a camera must be a FITS file. */
export function assertFits(format: string): void {
  if (format === '.fits' || format === '.fit') return;
  const text = `the camera sends images as ${JSON.stringify(format.slice(0, 20))}: only .fits can be read`;
  throw new InstrumentError('NOT_IMPLEMENTED', text);
}
