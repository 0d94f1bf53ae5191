// What the disk takes at least: one small write that is on disk when it returns, into room that is there already.
import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs';

const ROOM_BYTES = 2 ** 20;
const RECORD = Buffer.alloc(600, 1);

export class BareFlush {
  readonly #descriptor: number;
  readonly #timesMs: number[] = [];
  #position = 0;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'w+');
    writeSync(this.#descriptor, Buffer.alloc(ROOM_BYTES));
    fsyncSync(this.#descriptor);
  }

  flush(): void {
    const begun = performance.now();
    writeSync(this.#descriptor, RECORD, 0, RECORD.length, this.#position);
    fdatasyncSync(this.#descriptor);
    this.#timesMs.push(performance.now() - begun);
    this.#position = (this.#position + RECORD.length) % (ROOM_BYTES - RECORD.length);
  }

  /** @returns what each took */
  end(): number[] {
    closeSync(this.#descriptor);
    return this.#timesMs;
  }
}
