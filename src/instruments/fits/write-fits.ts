// Puts a FITS file on the disk so that it is either whole or not there.
import { type FileHandle, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, errorText } from '../../errors/index.js';
import { InstrumentError } from '../errors.js';
import { OnesComplementSum } from './checksum.js';
import { encodeFits, type FitsEncoding, type FitsPixels } from './encode.js';
import type { FitsHeader } from './header.js';

/** A file that is safely on the disk. */
export interface WrittenFits {
  path: string;
  byteLength: number;
  /** FITS's CHECKSUM, 16 characters. */
  checksum: string;
  /** FITS's DATASUM, 0 to 2^32 - 1. */
  dataSum: number;
}

/** File systems without hard links say one of these. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

let temporaries = 0;

/**
 * Writes an image under a temporary name (`.name.<pid>.<n>.part`) in the folder of `path`, flushes it, gives it its
 * name and flushes the folder; missing folders are made. A file that is there already is never overwritten.
 * @throws InstrumentError (rejects) `STORAGE` when the file exists or the disk fails: nothing is left behind;
 *   `INVALID_VALUE` when header or image cannot be written as FITS
 */
export async function writeFits(path: string, header: FitsHeader, image: FitsPixels): Promise<WrittenFits> {
  const encoding = encodeFits(header, image);
  temporaries += 1;
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${temporaries}.part`);
  try {
    const written = await writeNew(temporary, encoding);
    await publish(temporary, path);
    return { path, ...written };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (error instanceof InstrumentError) throw error;
    throw new InstrumentError('STORAGE', `cannot write ${path}: ${errorText(error)}`, error);
  }
}

/** Data first: its sum belongs into the header, which goes before it. */
async function writeNew(path: string, encoding: FitsEncoding): Promise<Omit<WrittenFits, 'path'>> {
  const file = await create(path);
  try {
    const sum = new OnesComplementSum();
    let position = encoding.headerBytes;
    let written = Promise.resolve();
    for (const piece of encoding.data(sum)) {
      // The next piece is made while this one is written.
      await written;
      written = writeAll(file, piece, position);
      position += piece.length;
    }
    const { bytes, checksum } = encoding.header(sum.value);
    await Promise.all([written, writeAll(file, bytes, 0)]);
    await file.sync();
    return { byteLength: position, checksum, dataSum: sum.value };
  } finally {
    await file.close();
  }
}

/** A folder is missing for the first image of a night only. */
async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true });
    return await open(path, 'wx');
  }
}

/** One `write` may take less than it was given, on a disk that fills up. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/**
 * Gives a file its name, for good, unless another has it. A hard link fails when the name is taken, where `rename` would
 * overwrite; without hard links the name is looked up first, which is safe as long as one process writes it.
 */
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw alreadyThere(path, error);
    if (!NO_LINKS.includes(errorCode(error) ?? '')) throw error;
    await renameUnlessThere(temporary, path);
    return syncFolder(dirname(path));
  }
  // After a crash it may have both names still.
  await Promise.all([rm(temporary), syncFolder(dirname(path))]);
}

/** {@link publish} on a file system without hard links. */
export async function renameUnlessThere(temporary: string, path: string): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw alreadyThere(path);
  await rename(temporary, path);
}

function alreadyThere(path: string, cause?: unknown): InstrumentError {
  return new InstrumentError(
    'STORAGE',
    `${path} exists already and is not overwritten: choose a new name`,
    cause,
  );
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
