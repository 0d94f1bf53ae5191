// Answers as people read them: OK and PROGRESS with named values, ERROR with number, name and reason.
import { INSTRUMENT_ERROR_NUMBERS, type InstrumentErrorCode } from '../errors.js';
import type { Command } from './command.js';
import { quantity } from './kinds.js';
import { writeNumber, writeText, writeWord } from './write-sentence.js';

/** The values of an answer, by their names. */
export type AnswerValues = Readonly<Record<string, unknown>>;

/** Seconds until a command that goes on will be over. */
const ETA = quantity('s', 0, Infinity, 1);

/** `OK RA=05:34:31.97 DEC=+22:00:52.1`: the values that the command's row names, in its order. */
export function okLine(command: Command, values: AnswerValues | undefined): string {
  return ['OK', ...valueTexts(command, values ?? {}).map(([name, text]) => `${name}=${text}`)].join(' ');
}

/** The values of an answer as a sentence would have them, by name; a value that is not known is left out. */
export function valueTexts(command: Command, values: AnswerValues): [name: string, text: string][] {
  const named = Object.entries(command.reply);
  return named.flatMap(([name, kind]): [string, string][] => {
    const value = values[name];
    return value === undefined || value === null ? [] : [[name, kind.write(value)]];
  });
}

/** `PROGRESS ETA=12s` */
export function progressLine(values: AnswerValues): string {
  const texts = Object.entries(values).map(([name, value]) => `${name}=${progressText(name, value)}`);
  return ['PROGRESS', ...texts].join(' ');
}

/** `ERROR 1304 BELOW_LIMIT "the target ..."` */
export function errorLine(code: string, reason: string): string {
  return `ERROR ${errorNumber(code)} ${code} ${writeText(reason)}`;
}

/** The number of a code. What is no error of an instrument came from the agent around it: 1280, the driver's. */
export function errorNumber(code: string): number {
  return INSTRUMENT_ERROR_NUMBERS[code as InstrumentErrorCode] ?? INSTRUMENT_ERROR_NUMBERS.DRIVER;
}

function progressText(name: string, value: unknown): string {
  if (typeof value !== 'number') return writeWord(String(value));
  return name === 'ETA' ? ETA.write(value) : writeNumber(value);
}
