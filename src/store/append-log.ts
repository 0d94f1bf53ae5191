// A log of records that is on disk sooner than a transaction can be: for what will be in the database a moment later.
// It has a fixed size and begins anew when all of it is in the database; a record that was cut off by a crash ends it.
import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  write,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { errorText } from '../errors/index.js';
import { StoreError } from './errors.js';

/** Length, checksum and number of a record stand before it. */
const HEADER_BYTES = 16;
const DEFAULT_BYTES = 8 * 2 ** 20;
/** A write has ended when its bytes are on disk: one step instead of a write and a flush. Not all systems know `O_DSYNC`. */
const WRITE_THROUGH = constants.O_RDWR | (constants.O_DSYNC ?? constants.O_SYNC);

/** A record as it was read. */
export interface LogRecord {
  /** Rises by one from record to record. */
  number: number;
  payload: Buffer;
}

export class AppendLog {
  readonly #descriptor: number;
  readonly #size: number;
  #position = 0;
  /** A write is under way, or about to be. */
  #writing = false;
  /** What the next write will take, and who waits for it. */
  #records: Buffer[] = [];
  #recordsBytes = 0;
  #waiters: ((error: unknown) => void)[] = [];
  /** Number of the last record. */
  last = 0;

  /** Opens or makes the file. @throws StoreError `STORE_OPEN_FAILED` */
  constructor(path: string, sizeBytes = DEFAULT_BYTES) {
    this.#size = sizeBytes;
    try {
      mkdirSync(dirname(path), { recursive: true });
      // Room that is there already is written to without the file system's own log.
      if (existing(path) < sizeBytes) makeRoom(path, sizeBytes);
      this.#descriptor = openSync(path, WRITE_THROUGH);
    } catch (error) {
      throw new StoreError('STORE_OPEN_FAILED', `cannot open the log ${path}: ${errorText(error)}`, error);
    }
  }

  /** The records from the beginning to the last whole one. Read once, before anything is appended. */
  read(): LogRecord[] {
    const bytes = Buffer.alloc(this.#size);
    readSync(this.#descriptor, bytes, 0, this.#size, 0);
    const records = wholeRecords(bytes);
    for (const { payload } of records) this.#position += HEADER_BYTES + payload.length;
    this.last = records.at(-1)?.number ?? this.last;
    return records;
  }

  /** The same of a log that is not opened here; none when there is no such file. */
  static recordsOf(path: string): LogRecord[] {
    return existing(path) > 0 ? wholeRecords(readFileSync(path)) : [];
  }

  /** Whether there is room for a record. */
  hasRoom(bytes: number): boolean {
    return this.#position + this.#recordsBytes + HEADER_BYTES + bytes <= this.#size;
  }

  /** Part of it that is used, from 0 to 1. */
  get used(): number {
    return this.#position / this.#size;
  }

  /** Resolves when the record is on disk; those of one moment share a write. Rejects with what the file system says. */
  append(payload: Uint8Array): Promise<void> {
    const record = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
    record.writeDoubleLE(this.last + 1, 8);
    record.set(payload, HEADER_BYTES);
    record.writeUInt32LE(payload.length, 0);
    record.writeUInt32LE(crc32(record.subarray(8)), 4);
    this.last += 1;
    this.#records.push(record);
    this.#recordsBytes += record.length;
    return new Promise((resolve, reject) => {
      this.#waiters.push((error) => (error ? reject(error) : resolve()));
      if (this.#writing) return;
      this.#writing = true;
      // What else came in this turn shares the write, and what is sent in this turn has left before it.
      queueMicrotask(() => setImmediate(() => this.#write()));
    });
  }

  /** All records are in the database: the next stands at the beginning. */
  beginAnew(): void {
    this.#position = 0;
  }

  /** What comes next has higher numbers than this. */
  continueFrom(number: number): void {
    this.last = Math.max(this.last, number);
  }

  close(): void {
    if (this.#writing) this.#waiters.push(() => closeSync(this.#descriptor));
    else closeSync(this.#descriptor);
  }

  /** One after the other: what comes meanwhile goes together. */
  #write(): void {
    const bytes = Buffer.concat(this.#records);
    const waiters = this.#waiters;
    this.#records = [];
    this.#recordsBytes = 0;
    this.#waiters = [];
    this.#writing = bytes.length > 0;
    if (!this.#writing) {
      for (const settle of waiters) settle(undefined);
      return;
    }
    const begin = this.#position;
    const end = begin + bytes.length;
    this.#position = end;
    write(this.#descriptor, bytes, 0, bytes.length, begin, (failed, written) => {
      const error = failed ?? (written < bytes.length ? cutShort(written) : undefined);
      // What was not written must not stand before what is.
      if (error && this.#position === end) this.#position = begin;
      for (const settle of waiters) settle(error);
      // What else has come in by now shares the next write.
      setImmediate(() => this.#write());
    });
  }
}

function cutShort(written: number): Error {
  return new Error(`the disk took only ${written} bytes`);
}

/** Makes a file of this size. */
function makeRoom(path: string, sizeBytes: number): void {
  const descriptor = openSync(path, existing(path) ? 'r+' : 'w+');
  writeSync(descriptor, Buffer.alloc(sizeBytes), 0, sizeBytes, 0);
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function existing(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function wholeRecords(bytes: Buffer): LogRecord[] {
  const records: LogRecord[] = [];
  let at = 0;
  for (let record = recordAt(bytes, at); record; record = recordAt(bytes, at)) {
    // What is left from before the log began anew has lower numbers; one that could not be written leaves a gap.
    const last = records.at(-1);
    if (last && record.number <= last.number) break;
    records.push(record);
    at += HEADER_BYTES + record.payload.length;
  }
  return records;
}

/** The record that begins at a place, when there is a whole one. */
function recordAt(bytes: Buffer, at: number): LogRecord | undefined {
  if (at + HEADER_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at);
  const end = at + HEADER_BYTES + length;
  if (length === 0 || end > bytes.length) return undefined;
  if (bytes.readUInt32LE(at + 4) !== crc32(bytes.subarray(at + 8, end))) return undefined;
  return { number: bytes.readDoubleLE(at + 8), payload: bytes.subarray(at + HEADER_BYTES, end) };
}
