// The words of a command line as a sentence.
import { writeText } from '../../src/instruments/index.js';

/** What a shell has taken the quotes from gets them back: `OBJECT=NGC 1976` is `OBJECT="NGC 1976"`. */
export function sentenceOf(words: readonly string[]): string {
  return words.map(withQuotes).join(' ');
}

function withQuotes(word: string): string {
  const [, name = '', value = ''] = /^([A-Za-z][A-Za-z0-9_.+'-]*=)?(.*)$/s.exec(word) ?? [];
  const needsQuotes = value === '' ? name !== '' : /[\s"\\]/.test(value) && !isQuoted(value);
  return needsQuotes ? `${name}${writeText(value)}` : word;
}

function isQuoted(value: string): boolean {
  return /^"(?:[^"\\]|\\["\\])*"$/.test(value);
}
