// A logger whose lines a test can read and wait for.
import type { Logger } from '../../src/log/index.js';

export class LogLines implements Logger {
  /** `level text` of each line. */
  readonly lines: string[] = [];
  #waiting: (() => void)[] = [];

  error = (text: string) => this.#add('error', text);
  warn = (text: string) => this.#add('warn', text);
  info = (text: string) => this.#add('info', text);
  debug = (text: string) => this.#add('debug', text);
  close = () => Promise.resolve();

  /** Resolves with the first line that fits, when it has come. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #add(level: string, text: string): void {
    this.lines.push(`${level} ${text}`);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
