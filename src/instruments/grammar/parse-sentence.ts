// Reads a sentence: verb, device, item, arguments.
import { COLON, EQUALS, isControl, isLetter } from './characters.js';
import { parseValue } from './parse-value.js';
import { Scanner } from './scanner.js';
import { type Argument, LONGEST_SENTENCE_BYTES, type Sentence, type Verb } from './sentence.js';

const VERBS = new Map<string, Verb>([
  ['DO', 'DO'],
  ['GET', 'GET'],
  ['SET', 'SET'],
]);

/** Most bytes of UTF-8 that a UTF-16 unit takes. */
const BYTES_PER_UNIT = 3;

/** Reads a sentence. Spaces around it and more than one between its parts are allowed. @throws GrammarError `SYNTAX` */
export function parseSentence(text: string): Sentence {
  const scanner = new Scanner(text);
  checkLength(scanner);
  scanner.spaces();
  const verb = parseVerb(scanner);
  if (scanner.spaces() === 0) throw scanner.error('expected a space and a device');
  const device = parseDevice(scanner);
  const item = parseItem(scanner);
  const args: Argument[] = [];
  while (nextArgument(scanner)) args.push(parseArgument(scanner, args.length));
  return { verb, device, item, arguments: args };
}

function checkLength(scanner: Scanner): void {
  const { text } = scanner;
  if (text.length * BYTES_PER_UNIT <= LONGEST_SENTENCE_BYTES) return;
  const bytes = Buffer.byteLength(text);
  if (bytes > LONGEST_SENTENCE_BYTES)
    throw scanner.error(`a sentence has at most ${LONGEST_SENTENCE_BYTES} bytes, not ${bytes}`, 0);
}

function parseVerb(scanner: Scanner): Verb {
  const start = scanner.at;
  const verb = VERBS.get(scanner.keyword());
  if (verb) return verb;
  throw scanner.error('a sentence begins with DO, GET or SET', start);
}

function parseDevice(scanner: Scanner): string {
  const device = scanner.keyword();
  if (device === '') throw scanner.error('expected a device, such as TELESCOPE or CAMERA:VIS');
  if (!scanner.take(COLON)) return device;
  const channel = scanner.keyword();
  if (channel === '') throw scanner.error('expected the channel of the device, such as VIS');
  return `${device}:${channel}`;
}

/** The third word, unless it is an argument. */
function parseItem(scanner: Scanner): string | undefined {
  const start = scanner.at;
  if (scanner.spaces() > 0 && isLetter(scanner.peek())) {
    const item = scanner.keyword();
    if (scanner.peek() !== EQUALS) return item;
  }
  scanner.at = start;
  return undefined;
}

/** Whether another argument begins here; the scanner then stands at it. */
function nextArgument(scanner: Scanner): boolean {
  const spaces = scanner.spaces();
  if (scanner.ended) return false;
  if (spaces > 0) return true;
  throw scanner.error(isControl(scanner.peek()) ? 'there is a control character' : 'expected a space');
}

function parseArgument(scanner: Scanner, index: number): Argument {
  const start = scanner.at;
  if (isLetter(scanner.peek())) {
    const name = scanner.keyword();
    if (scanner.take(EQUALS)) {
      const column = scanner.at + 1;
      return { name, value: parseValue(scanner), column };
    }
    scanner.at = start;
  }
  if (index > 0) throw scanner.error('only the first argument may come without its name', start);
  return { name: undefined, value: parseValue(scanner), column: start + 1 };
}
