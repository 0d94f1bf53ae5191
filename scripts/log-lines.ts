// Whole lines out of bytes that are cut anywhere, in bounded memory.

/** Longer lines are cut to this. */
const LONGEST_LINE_BYTES = 2 ** 20;
const LINE_FEED = 0x0a;

export class LineSplitter {
  #parts: Buffer[] = [];
  #bytes = 0;

  /** Takes the next bytes, which it keeps. @returns the lines that they complete */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#keep(chunk.subarray(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** What has come after the last line end, as lines: none or one. */
  rest(): string[] {
    return this.#bytes > 0 ? [this.#take()] : [];
  }

  #keep(bytes: Buffer): void {
    const kept = bytes.subarray(0, Math.max(0, LONGEST_LINE_BYTES - this.#bytes));
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#bytes += kept.length;
  }

  #take(): string {
    const line = Buffer.concat(this.#parts).toString();
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }
}
