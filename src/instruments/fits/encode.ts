// A FITS file as bytes: the header with the cards of the structure, and the pixels in pieces.
import { outOfRange } from '../errors.js';
import { CARD_LENGTH } from './card.js';
import { checksumText, OnesComplementSum, UNSET_CHECKSUM } from './checksum.js';
import { FitsHeader } from './header.js';
import { storePixels, UNSIGNED_ZERO } from './stored-pixels.js';

/** Headers and data fill whole blocks of this. */
export const BLOCK_BYTES = 2880;

/** Pixels converted at a time: 512 KB, some 0.3 ms. Even, for the checksum's words of two pixels. */
const PIXELS_PER_PIECE = 262_144;

/** An image of unsigned 16-bit pixels, row by row from the bottom left. */
export interface FitsPixels {
  width: number;
  height: number;
  pixels: Uint16Array;
}

/** The pieces of a file. */
export interface FitsEncoding {
  /** Length of the header. */
  headerBytes: number;
  /**
   * The data, padded to whole blocks, made while it is asked for, and added to a sum. A piece is good until the next
   * but one is asked for: that is made in the same place.
   */
  data(sum: OnesComplementSum): Iterable<Uint8Array>;
  /** The header; once all data has passed. */
  header(dataSum: number): { bytes: Uint8Array; checksum: string };
}

/**
 * Prepares a file of one image.
 * @throws InstrumentError `INVALID_VALUE` when the image's size is not that of its pixels, or a card cannot be
 *   written
 */
export function encodeFits(header: FitsHeader, image: FitsPixels): FitsEncoding {
  const { width, height, pixels } = image;
  if (!(width > 0 && height > 0 && width * height === pixels.length)) {
    throw outOfRange('the number of pixels', pixels.length, `width ${width} times height ${height}`);
  }
  const lines = withLongTextMark([...structure(image).lines(), ...header.lines(isStructural)]);
  return {
    headerBytes: wholeBlocks((lines.length + sumCards(UNSET_CHECKSUM, 0).length + 1) * CARD_LENGTH),
    data: (sum) => dataPieces(pixels, sum),
    header: (dataSum) => sealedHeader(lines, dataSum),
  };
}

/** Rounded up to whole blocks. */
export function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Of the standard's own keywords those that say how the bytes are to be read, or are no cards with a value. */
const STRUCTURAL = new RegExp(
  `^(${[
    'SIMPLE|BITPIX|NAXIS\\d*|EXTEND|BZERO|BSCALE|BLANK|CHECKSUM|DATASUM|LONGSTRN|END',
    'XTENSION|PCOUNT|GCOUNT|GROUPS|INHERIT|CONTINUE|HIERARCH',
  ].join('|')})$`,
);

/** Whether a keyword belongs to whoever writes the file: a header's own card of that name is left out. */
export function isStructural(keyword: string): boolean {
  return STRUCTURAL.test(keyword);
}

function structure({ width, height }: FitsPixels): FitsHeader {
  return new FitsHeader()
    .setLogical('SIMPLE', true, 'conforms to FITS standard 4.0')
    .setInteger('BITPIX', 16, 'bits of a stored pixel')
    .setInteger('NAXIS', 2)
    .setInteger('NAXIS1', width, 'columns')
    .setInteger('NAXIS2', height, 'rows, from the bottom')
    .setInteger('BZERO', UNSIGNED_ZERO, 'pixels are unsigned')
    .setInteger('BSCALE', 1);
}

/** FITS 4.0 has long texts; older readers, and fitsverify, want to be told that a file has some. */
function withLongTextMark(lines: string[]): string[] {
  if (!lines.some((line) => line.startsWith('CONTINUE'))) return lines;
  return [
    ...lines,
    ...new FitsHeader().setText('LONGSTRN', 'OGIP 1.0', 'long texts go on in CONTINUE').lines(),
  ];
}

/** CHECKSUM and DATASUM; always two lines, whatever the sums. */
function sumCards(checksum: string, dataSum: number): string[] {
  return new FitsHeader()
    .setText('CHECKSUM', checksum, 'of the whole file: sums to minus zero')
    .setText('DATASUM', String(dataSum), 'of the data')
    .lines();
}

function sealedHeader(lines: string[], dataSum: number): { bytes: Uint8Array; checksum: string } {
  const unset = headerBytes([...lines, ...sumCards(UNSET_CHECKSUM, dataSum)]);
  const checksum = checksumText(new OnesComplementSum().add(unset).addSum(dataSum).value);
  return { bytes: headerBytes([...lines, ...sumCards(checksum, dataSum)]), checksum };
}

function headerBytes(lines: string[]): Uint8Array {
  const text = `${lines.join('')}END`;
  return Buffer.from(text.padEnd(wholeBlocks(text.length)), 'latin1');
}

function* dataPieces(pixels: Uint16Array, sum: OnesComplementSum): Generator<Uint8Array> {
  const size = 2 * Math.min(pixels.length, PIXELS_PER_PIECE);
  const places = [Buffer.allocUnsafeSlow(size + BLOCK_BYTES), Buffer.allocUnsafeSlow(size + BLOCK_BYTES)];
  for (let from = 0; from < pixels.length; from += PIXELS_PER_PIECE) {
    const piece = pixels.subarray(from, from + PIXELS_PER_PIECE);
    const isLast = from + PIXELS_PER_PIECE >= pixels.length;
    const bytes = 2 * piece.length;
    const padded = isLast ? bytes + wholeBlocks(2 * pixels.length) - 2 * pixels.length : bytes;
    const place = (places[(from / PIXELS_PER_PIECE) % 2] as Buffer).subarray(0, padded);
    storePixels(piece, place.subarray(0, bytes), sum);
    yield place.fill(0, bytes);
  }
}
