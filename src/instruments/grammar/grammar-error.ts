// A sentence that is refused, with the place in it.
import { InstrumentError, type InstrumentErrorCode } from '../errors.js';

/** Characters of the sentence that are shown before and after the place. */
const SHOWN_BEFORE = 40;
const SHOWN_AFTER = 20;

/** What is wrong with a sentence, and where. */
export class GrammarError extends InstrumentError {
  constructor(
    code: InstrumentErrorCode,
    /** What is wrong, without the place. */
    readonly reason: string,
    readonly sentence: string,
    /** From 1; one past the end when something is missing there. */
    readonly column: number,
  ) {
    super(code, `${reason}, at column ${column}: ${excerpt(sentence, column)}`);
  }

  /** The sentence, and below it a caret at the place. */
  pointed(): [sentence: string, caret: string] {
    return [this.sentence, `${' '.repeat(this.column - 1)}^`];
  }
}

/** An answer is one line: the caret stands in it, before the place. */
function excerpt(sentence: string, column: number): string {
  const at = column - 1;
  const [from, to] = [Math.max(0, at - SHOWN_BEFORE), Math.min(sentence.length, at + SHOWN_AFTER)];
  const before = `${from > 0 ? '…' : ''}${sentence.slice(from, at)}`;
  return `${before}^${sentence.slice(at, to)}${to < sentence.length ? '…' : ''}`;
}
