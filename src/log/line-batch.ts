// Lines of a few milliseconds go to the file together: a write for each would cost a busy agent more than its work.
import { Writable } from 'node:stream';

/** How long a line may wait for others. A process that is killed loses no more than the lines of this time. */
const WAIT_MS = 10;
/** So many characters do not wait. */
const MOST = 64 * 1024;

/** Takes lines, and gives them to another stream in few pieces. */
export class LineBatch extends Writable {
  #lines = '';
  #timer: NodeJS.Timeout | undefined;

  /** @param most - characters that may wait: a file is rotated between two pieces only */
  constructor(
    private readonly target: Writable,
    private readonly most = MOST,
  ) {
    super({ decodeStrings: false });
  }

  override _write(line: string | Buffer, _encoding: string, done: () => void): void {
    this.#lines += String(line);
    if (this.#lines.length >= Math.min(this.most, MOST)) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), WAIT_MS);
    done();
  }

  /** What waits is given on now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = '';
    if (lines !== '') this.target.write(lines);
  }
}
