// Reads the smallest parts of a sentence, and remembers where it stands.
import {
  CAPITAL_E,
  isDigit,
  isLetter,
  isLower,
  isNamePart,
  MINUS,
  PERCENT,
  PLUS,
  POINT,
  SLASH,
  SMALL_E,
  SPACE,
  ZERO,
} from './characters.js';
import { GrammarError } from './grammar-error.js';

/** The place in one sentence. */
export class Scanner {
  at = 0;

  constructor(readonly text: string) {}

  /** The code of the next character, or of one a little farther on; NaN at the end. */
  peek(ahead = 0): number {
    return this.text.charCodeAt(this.at + ahead);
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  /** Passes over one character if it is the next. */
  take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at += 1;
    return true;
  }

  /** Passes over spaces. @returns how many */
  spaces(): number {
    const start = this.at;
    while (this.text.charCodeAt(this.at) === SPACE) this.at += 1;
    return this.at - start;
  }

  /** A NAME as it is written; empty when there is none. */
  name(): string {
    const { text } = this;
    const start = this.at;
    if (!isLetter(text.charCodeAt(start))) return '';
    let at = start + 1;
    while (isNamePart(text.charCodeAt(at))) at += 1;
    this.at = at;
    return text.slice(start, at);
  }

  /** A NAME in capitals; empty when there is none. */
  keyword(): string {
    const { text } = this;
    const start = this.at;
    if (!isLetter(text.charCodeAt(start))) return '';
    let at = start;
    let lower = false;
    for (let code = text.charCodeAt(at); isNamePart(code); code = text.charCodeAt(at)) {
      if (isLower(code)) lower = true;
      at += 1;
    }
    this.at = at;
    const word = text.slice(start, at);
    return lower ? word.toUpperCase() : word;
  }

  /** Passes over digits. @returns how many */
  digits(): number {
    const start = this.at;
    while (isDigit(this.text.charCodeAt(this.at))) this.at += 1;
    return this.at - start;
  }

  /** The letters and signs of a unit. */
  unitText(): string {
    const start = this.at;
    for (let code = this.peek(); isUnitPart(code); code = this.peek()) this.at += 1;
    return this.text.slice(start, this.at);
  }

  /** Passes over an exponent: `e`, and a digit behind it, as the unit `e-` begins alike. */
  exponent(): void {
    const code = this.peek();
    if (code !== SMALL_E && code !== CAPITAL_E) return;
    const sign = this.peek(1) === PLUS || this.peek(1) === MINUS ? 1 : 0;
    if (!isDigit(this.peek(1 + sign))) return;
    this.at += 1 + sign;
    this.digits();
  }

  /** A field of exactly two digits, below 60. */
  sixtieth(what: string): number {
    const [tens, ones] = [this.peek(), this.peek(1)];
    if (!isDigit(tens) || !isDigit(ones) || isDigit(this.peek(2)))
      throw this.error(`expected ${what} of two digits`);
    const value = (tens - ZERO) * 10 + ones - ZERO;
    if (value >= 60) throw this.error(`${what} are from 00 to 59, not ${value}`);
    this.at += 2;
    return value;
  }

  /** A field of two digits, below 60, and a fraction. */
  seconds(): number {
    const start = this.at;
    const whole = this.sixtieth('seconds');
    if (this.peek() !== POINT) return whole;
    this.at += 1;
    if (this.digits() === 0) throw this.error('expected digits after the point');
    return Number(this.text.slice(start, this.at));
  }

  /** What is wrong here, or at another place. */
  error(reason: string, at = this.at): GrammarError {
    return new GrammarError('SYNTAX', reason, this.text, at + 1);
  }
}

function isUnitPart(code: number): boolean {
  return isLetter(code) || code === PERCENT || code === SLASH || code === MINUS;
}
