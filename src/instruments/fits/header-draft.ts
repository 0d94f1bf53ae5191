// A header in the making, which keeps count of what was not known.
import { FitsHeader } from './header.js';

/** Sets the cards whose values are known, and says at the end which were not. */
export class HeaderDraft {
  #header = new FitsHeader();
  #missing: string[] = [];

  text(keyword: string, value: string | undefined, comment?: string, unit?: string): this {
    if (!value) return this.#miss(keyword);
    this.#header.setText(keyword, value, comment, unit);
    return this;
  }

  integer(keyword: string, value: number | undefined, comment?: string, unit?: string): this {
    if (value === undefined || !Number.isSafeInteger(value)) return this.#miss(keyword);
    this.#header.setInteger(keyword, value, comment, unit);
    return this;
  }

  /** Rounded to `decimals` digits after the point: as many as mean something. */
  real(keyword: string, value: number | undefined, decimals: number, comment?: string, unit?: string): this {
    if (value === undefined || !Number.isFinite(value)) return this.#miss(keyword);
    this.#header.setReal(keyword, Number(value.toFixed(decimals)), comment, unit);
    return this;
  }

  finish(): FitsHeader {
    if (this.#missing.length > 0) this.#header.addComment(`Not known: ${this.#missing.join(' ')}`);
    return this.#header;
  }

  #miss(keyword: string): this {
    this.#missing.push(keyword);
    return this;
  }
}
