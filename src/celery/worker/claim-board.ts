// Who may begin which job, agreed between a worker and its child without waiting for each other: two numbers in a file
// that both have open. The child claims a job and then reads the limit; the worker lowers the limit and then reads the
// claim. Whichever comes first, both know whether a job has begun, also after one of them was killed.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLAIM_AT = 0;
const LIMIT_AT = 8;
const SIZE = 8;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

export class ClaimBoard {
  readonly #bytes = Buffer.alloc(SIZE);
  /** The worker's: what it has lowered the limit to, and the highest job that may have begun since. */
  #limit = NO_LIMIT;
  #highest = NO_LIMIT;

  /** @param descriptor - of the file, open for reading and writing */
  constructor(readonly descriptor: number) {}

  /** A new one: a file without a name, which goes when both have closed it. */
  static make(): ClaimBoard {
    const folder = mkdtempSync(join(tmpdir(), 'pyros-claim-'));
    const descriptor = openSync(join(folder, 'board'), 'w+');
    rmSync(folder, { recursive: true });
    const board = new ClaimBoard(descriptor);
    board.#write(CLAIM_AT, 0);
    board.raise();
    return board;
  }

  /** The child's: job `n` begins now. @returns whether it may */
  claim(n: number): boolean {
    this.#write(CLAIM_AT, n);
    return n <= this.#read(LIMIT_AT);
  }

  /** The worker's: nothing above `n` may begin. @returns the highest that may have begun */
  lower(n: number): number {
    this.#limit = Math.min(n, this.#limit);
    this.#write(LIMIT_AT, this.#limit);
    this.#highest = Math.min(Math.max(n, this.claimed()), this.#highest);
    return this.#highest;
  }

  /** All may begin again. */
  raise(): void {
    this.#limit = NO_LIMIT;
    this.#highest = NO_LIMIT;
    this.#write(LIMIT_AT, NO_LIMIT);
  }

  /** The worker's: the last job that may have begun; one that was claimed and refused has not. */
  begun(): number {
    return Math.min(this.claimed(), this.#highest);
  }

  /** The last job that was claimed: those before it have ended, or were refused. */
  claimed(): number {
    return this.#read(CLAIM_AT);
  }

  close(): void {
    closeSync(this.descriptor);
  }

  #write(position: number, value: number): void {
    this.#bytes.writeDoubleLE(value);
    writeSync(this.descriptor, this.#bytes, 0, SIZE, position);
  }

  #read(position: number): number {
    readSync(this.descriptor, this.#bytes, 0, SIZE, position);
    return this.#bytes.readDoubleLE();
  }
}
