// Reads a FITS file of one unsigned 16-bit image, as our cameras and most others write it.
import { InstrumentError, outOfRange } from '../errors.js';
import { CARD_LENGTH } from './card.js';
import { isMinusZero, OnesComplementSum } from './checksum.js';
import { BLOCK_BYTES, type FitsPixels, wholeBlocks } from './encode.js';
import { FitsHeader } from './header.js';
import { loadPixels, UNSIGNED_ZERO } from './stored-pixels.js';

/** A stranger's header may have this many blocks of 36 cards. */
const MAX_HEADER_BLOCKS = 256;

/** And its image this many pixels: 16384 by 16384. */
const MAX_PIXELS = 2 ** 28;

/** What a file holds. */
export interface FitsFile extends FitsPixels {
  /** All cards, those of the structure too. */
  header: FitsHeader;
  /** Whether CHECKSUM agrees with the bytes; `undefined` when there is none. */
  checksumValid: boolean | undefined;
}

/**
 * Reads the primary image; extensions behind it are not looked at.
 * @throws InstrumentError `INVALID_VALUE` when the bytes are not a whole and sound FITS file, `NOT_IMPLEMENTED` for
 *   other kinds of pixels
 */
export function readFits(bytes: Uint8Array): FitsFile {
  const { header, width, height, dataAt, end } = fitsImageAt(bytes);
  const pixels = new Uint16Array(width * height);
  loadPixels(bytes, dataAt, pixels);
  return { header, width, height, pixels, checksumValid: checkSum(header, bytes.subarray(0, end)) };
}

/** Where the image of a file is. */
export interface FitsImagePlace {
  header: FitsHeader;
  width: number;
  height: number;
  /** Offset of its first pixel. */
  dataAt: number;
  /** Behind its last block. */
  end: number;
}

/** Reads header and structure only. @throws InstrumentError as {@link readFits} */
export function fitsImageAt(bytes: Uint8Array): FitsImagePlace {
  const { header, headerBytes } = readFitsHeader(bytes);
  const { width, height } = imageSize(header);
  const end = headerBytes + wholeBlocks(width * height * 2);
  if (bytes.length < end) throw damaged(`${bytes.length} bytes, and the header announces ${end}`);
  return { header, width, height, dataAt: headerBytes, end };
}

/**
 * Reads the header only: `bytes` need not hold more.
 * @throws InstrumentError `INVALID_VALUE` when it is not the header of a FITS file, or has no end
 */
export function readFitsHeader(bytes: Uint8Array): { header: FitsHeader; headerBytes: number } {
  const limit = Math.min(bytes.length, MAX_HEADER_BLOCKS * BLOCK_BYTES);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, limit);
  if (!/^SIMPLE {2}= {20}T/.test(file.toString('latin1', 0, CARD_LENGTH)))
    throw damaged('it does not begin with SIMPLE = T');
  // Card by card: what follows is an image, most of all.
  for (let at = 0; at + CARD_LENGTH <= limit; at += CARD_LENGTH) {
    const line = file.toString('latin1', at, at + CARD_LENGTH);
    if (!/^[ -~]*$/.test(line)) throw damaged(`card ${at / CARD_LENGTH + 1} is not plain text`);
    if (line.trimEnd() === 'END') {
      const header = FitsHeader.parse(file.toString('latin1', 0, at));
      return { header, headerBytes: wholeBlocks(at + CARD_LENGTH) };
    }
  }
  throw damaged(`no END in the first ${limit} bytes`);
}

function imageSize(header: FitsHeader): { width: number; height: number } {
  wanted(header, 'BITPIX', 16);
  wanted(header, 'NAXIS', 2);
  wanted(header, 'BZERO', UNSIGNED_ZERO);
  if (header.card('BSCALE')) wanted(header, 'BSCALE', 1);
  const [width, height] = [positive(header, 'NAXIS1'), positive(header, 'NAXIS2')];
  if (width * height > MAX_PIXELS)
    throw outOfRange('NAXIS1 times NAXIS2', width * height, `at most ${MAX_PIXELS}`);
  return { width, height };
}

function wanted(header: FitsHeader, keyword: string, value: number): void {
  const found = header.number(keyword);
  if (found === value) return;
  const message = `${keyword} is ${found ?? 'missing'}: only ${value} can be read (one unsigned 16-bit image)`;
  throw new InstrumentError('NOT_IMPLEMENTED', message);
}

function positive(header: FitsHeader, keyword: string): number {
  const value = header.number(keyword);
  if (value !== undefined && Number.isSafeInteger(value) && value > 0) return value;
  throw outOfRange(keyword, value, 'a whole number above 0');
}

function checkSum(header: FitsHeader, bytes: Uint8Array): boolean | undefined {
  if (header.text('CHECKSUM') === undefined) return undefined;
  return isMinusZero(new OnesComplementSum().add(bytes).value);
}

function damaged(what: string): InstrumentError {
  return new InstrumentError('INVALID_VALUE', `not a whole FITS file: ${what}`);
}
