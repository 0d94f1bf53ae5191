// The words of an entry: plain ones, texts in quotes, and JSON.
import { ScheduleError, shown } from './errors.js';

/** Reads a text from left to right. */
export class EntryWords {
  #rest: string;

  constructor(text: string) {
    this.#rest = text.trim();
  }

  get isAtEnd(): boolean {
    return this.#rest === '';
  }

  /** The next word, empty at the end. */
  word(): string {
    return this.#take(/^\S+/.exec(this.#rest)?.[0] ?? '');
  }

  /** Takes the next word when it is this one. */
  takes(word: string): boolean {
    const [next] = this.#rest.split(/\s/, 1);
    if (next === word) this.#take(word);
    return next === word;
  }

  /** A text in quotes. */
  quoted(expected: string): string {
    const [whole, , text] = /^(["'])(.*?)\1(?=\s|$)/.exec(this.#rest) ?? [];
    if (whole === undefined || text === undefined) throw new ScheduleError(shown(this.#rest), expected);
    this.#take(whole);
    return text;
  }

  /** A JSON array or object. */
  json(expected: string): unknown {
    const text = this.#rest.slice(0, this.#jsonLength());
    try {
      const value: unknown = JSON.parse(text);
      this.#take(text);
      return value;
    } catch {
      throw new ScheduleError(shown(text || this.#rest), expected);
    }
  }

  /** Up to the bracket that closes the first one; brackets in texts do not count. */
  #jsonLength(): number {
    let depth = 0;
    for (const { 0: token, index } of this.#rest.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
      if (token === '[' || token === '{') depth++;
      else if (token === ']' || token === '}') depth--;
      if (depth <= 0) return index + token.length;
    }
    return this.#rest.length;
  }

  #take(text: string): string {
    this.#rest = this.#rest.slice(text.length).trimStart();
    return text;
  }
}
