// Whether anybody still reads what a command prints, for commands that may print nothing for long.
import { type ChildProcess, spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';

/**
 * A signal that aborts when the reader of standard output has gone (`pyros tail X | head -1`). Node learns that of a
 * pipe at its next write only, and has no poll(2): tail of the GNU coreutils, which looks after its own output once
 * a second, lends its. Where there is none, or standard output is no pipe, it never aborts.
 */
export class OutputReader {
  readonly #gone = new AbortController();
  readonly #watch: ChildProcess | undefined;

  constructor() {
    if (process.platform !== 'linux' || !fstatSync(process.stdout.fd).isFIFO()) return;
    // It ends with this process too, however that ends.
    const words = ['-f', '/dev/null', `--pid=${process.pid}`];
    this.#watch = spawn('tail', words, { stdio: ['ignore', process.stdout.fd, 'ignore'] });
    this.#watch.on('error', () => undefined);
    this.#watch.once('exit', (_, signal) => signal === 'SIGPIPE' && this.#gone.abort());
    this.#watch.unref();
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  close(): void {
    this.#watch?.kill();
  }
}
