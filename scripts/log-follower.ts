// Reads a log file as it grows, through its rotations: the file is renamed and a new one takes its name.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../src/errors/index.js';
import { logFileName } from '../src/log/index.js';
import { LineSplitter } from './log-lines.js';

/** Reading begins at most this far before the end of the file. */
const LOOK_BACK_BYTES = 16 * 2 ** 20;
const BLOCK_BYTES = 64 * 2 ** 10;
/** How often names that move under a look are looked at again, before the next look. */
const ATTEMPTS = 5;
/** So many names in a row without a file end the list: a rotation under way leaves one free at a time. */
const MISSING_NAMES = 3;

export class LogFollower {
  #file: FileHandle | undefined;
  #inode = 0n;
  #position = 0;
  #splitter = new LineSplitter();
  /** The first bytes are the end of a line whose beginning was not read. */
  #inLine = false;
  #isFirst = true;

  /** @param directory - where `<agent>.log` is, or will be */
  constructor(
    private readonly directory: string,
    private readonly agent: string,
  ) {}

  /** The file that is being written. */
  get path(): string {
    return join(this.directory, logFileName(this.agent));
  }

  /**
   * Reads on, one block at most.
   * @returns the lines that it completes; `undefined` when there is nothing new for now
   * @throws the system's error when a file that exists cannot be read
   */
  async next(): Promise<string[] | undefined> {
    if (!this.#file && !(await this.#open(this.path))) return undefined;
    return (await this.#read()) ?? (await this.#turnOver());
  }

  /** A last line without an end. */
  rest(): string[] {
    return this.#splitter.rest();
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #read(): Promise<string[] | undefined> {
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    const bytesRead = (await this.#file?.read(block, 0, BLOCK_BYTES, this.#position))?.bytesRead ?? 0;
    if (bytesRead === 0) return undefined;
    this.#position += bytesRead;
    const lines = this.#splitter.push(block.subarray(0, bytesRead));
    if (!this.#inLine || lines.length === 0) return lines;
    this.#inLine = false;
    return lines.slice(1);
  }

  /** At the end of a file: was it emptied, or is it no longer the one that is written? */
  async #turnOver(): Promise<string[] | undefined> {
    const current = await statOf(this.path);
    if (!current) return undefined;
    if (current.ino === this.#inode) {
      if (current.size >= this.#position) return undefined;
      this.#position = 0;
      return this.rest();
    }
    // It was renamed after its last line: what was written between the last look and that is still there.
    const late = await this.#read();
    if (late) return late;
    const successor = await this.#openSuccessor();
    if (!successor) return undefined;
    const rest = this.rest();
    await this.#follow(successor);
    return rest;
  }

  /**
   * The file that came after this one, even if several came since the last look. Files may be renamed between any
   * two steps: what was opened counts only when it is the file that the names told of.
   * @returns `undefined` when there is none yet, or names moved so fast that the next look must tell
   */
  async #openSuccessor(): Promise<FileHandle | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const files = await this.#youngestFirst();
      const ours = files.findIndex(({ inode }) => inode === this.#inode);
      // Ours is never missing but when so many came that it was deleted: then the oldest that is left is next.
      const next = ours === -1 ? files.at(-1) : files[ours - 1];
      if (!next) return undefined;
      const file = await open(next.path, 'r').catch(unlessMissing);
      if (!file) continue;
      if ((await file.stat({ bigint: true })).ino === next.inode) return file;
      await file.close();
    }
    return undefined;
  }

  /**
   * The log's files. A name only ever moves up, the oldest first, so a look from the youngest up misses none that was
   * there when it began; one that it meets twice has moved meanwhile, and the last place counts.
   */
  async #youngestFirst(): Promise<{ inode: bigint; path: string }[]> {
    const places = new Map<bigint, string>();
    for (let age = 0, missing = 0; missing < MISSING_NAMES; age += 1) {
      const path = join(this.directory, logFileName(this.agent, age));
      const found = await statOf(path);
      missing = found ? 0 : missing + 1;
      if (!found) continue;
      places.delete(found.ino);
      places.set(found.ino, path);
    }
    return Array.from(places, ([inode, path]) => ({ inode, path }));
  }

  async #open(path: string): Promise<boolean> {
    const file = await open(path, 'r').catch(unlessMissing);
    if (!file) return false;
    await this.#follow(file);
    return true;
  }

  async #follow(file: FileHandle): Promise<void> {
    await this.#file?.close();
    this.#file = file;
    const { ino, size } = await file.stat({ bigint: true });
    this.#inode = ino;
    const start = this.#isFirst ? Number(size) - LOOK_BACK_BYTES : 0;
    this.#position = Math.max(0, start);
    this.#inLine = start > 0;
    this.#isFirst = false;
  }
}

async function statOf(path: string): Promise<{ ino: bigint; size: number } | undefined> {
  const found = await stat(path, { bigint: true }).catch(unlessMissing);
  return found && { ino: found.ino, size: Number(found.size) };
}

function unlessMissing(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
  return undefined;
}
