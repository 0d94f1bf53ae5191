// A bar on the terminal while a command goes on: how far it is, and for how much longer.
import type { AnswerValues } from '../../src/instruments/index.js';
import { durationText, printable } from '../output.js';

const WIDTH = 30;
const WIPE_LINE = '\r\x1b[K';

/** The bar of one command. */
export class ProgressBar {
  #longestS = 0;
  #shown = false;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  /** Draws how far it is. */
  show(values: AnswerValues): void {
    const line = this.line(values);
    if (!this.stream.isTTY || line === undefined) return;
    this.stream.write(`${WIPE_LINE}${line}`);
    this.#shown = true;
  }

  /** `[##########                    ]  33 %  8.0s  EXPOSING` */
  line(values: AnswerValues): string | undefined {
    const { ETA: etaS, ...more } = values;
    if (typeof etaS !== 'number') return undefined;
    this.#longestS = Math.max(this.#longestS, etaS);
    const part = this.#longestS === 0 ? 1 : 1 - etaS / this.#longestS;
    const bar = '#'.repeat(Math.round(part * WIDTH)).padEnd(WIDTH);
    const texts = Object.entries(more).map(([name, value]) =>
      name === 'STATE' ? String(value) : `${name} ${value}`,
    );
    const percent = String(Math.round(part * 100)).padStart(3);
    return printable([`[${bar}] ${percent} %`, durationText(etaS), ...texts].join('  '));
  }

  /** Wipes it. */
  end(): void {
    if (this.#shown) this.stream.write(WIPE_LINE);
    this.#shown = false;
  }
}
