// Lines that are drawn over again in place, on a terminal.

/** What of a terminal is needed. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** A terminal that does not say how large it is. */
const USUAL = { columns: 80, rows: 24 };
/** Drawn at most so often, and so often when nothing has come: times go on. */
const SOON_MS = 100;
const LATER_MS = 1_000;

/** Draws on a screen of its own, and leaves the lines that stood there last. */
export class LiveTable {
  #dirty = true;
  #drawnMs = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly terminal: Terminal,
    private readonly lines: (rows: number, columns: number) => string[],
  ) {
    terminal.write(ENTER);
    this.#timer = setInterval(() => this.#drawIfDue(), SOON_MS);
    this.draw();
  }

  /** Something has changed. */
  change(): void {
    this.#dirty = true;
  }

  draw(): void {
    this.#dirty = false;
    this.#drawnMs = performance.now();
    const lines = this.#fitting().map((line) => `${line}${CLEAR_LINE}`);
    this.terminal.write(`${HOME}${lines.join('\r\n')}${CLEAR_BELOW}`);
  }

  end(): void {
    clearInterval(this.#timer);
    this.terminal.write(`${LEAVE}${this.#fitting().join('\n')}\n`);
  }

  #fitting(): string[] {
    const rows = this.terminal.rows || USUAL.rows;
    return this.lines(rows, this.terminal.columns || USUAL.columns).slice(0, rows);
  }

  #drawIfDue(): void {
    if (this.#dirty || performance.now() - this.#drawnMs > LATER_MS) this.draw();
  }
}
