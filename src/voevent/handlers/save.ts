// Saves every event as a file of its own.
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredEvent } from '../stored-event.js';
import type { Handler } from './handler.js';

/** A file system takes 255 bytes; the rest of the name has 17. */
const MAX_READABLE = 180;
const ID_LENGTH = 16;

/**
 * The name of an event's file: what can be read of its IVORN, and a part of its digest. Distinct events have distinct
 * names, whatever their IVORNs hold, and one event always the same.
 */
export function eventFileName({ ivorn, id }: Pick<StoredEvent, 'ivorn' | 'id'>): string {
  const readable = ivorn.replace(/^ivo:\/\//, '').replace(/[^0-9A-Za-z_.+-]+/g, '_');
  // Neither hidden, nor taken for an option.
  const start = readable.replace(/^[.-]+/, '').slice(0, MAX_READABLE);
  return `${start}-${id.slice(0, ID_LENGTH)}.xml`;
}

/** Writes a file whole or not at all: it has its name only when it is on the disk. @throws the system's error */
export async function writeWhole(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true });
  const unfinished = join(directory, `.${name}.part`);
  try {
    const file = await open(unfinished, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, join(directory, name));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Saves each event in a folder, which is made when it is missing. */
export function saveHandler(directory: string): Handler {
  return {
    name: `save ${directory}`,
    limit: 8,
    handle: (event) => writeWhole(directory, eventFileName(event), event.bytes),
  };
}
