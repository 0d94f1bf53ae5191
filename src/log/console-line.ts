// One log line as people read it: time, level, agent, text.
import type winston from 'winston';
import { lazyWinston } from './lazy-winston.js';

const COLOURS: Record<string, string> = {
  error: '\x1b[31m',
  warn: '\x1b[33m',
  info: '\x1b[32m',
  debug: '\x1b[90m',
};
const DIM = '\x1b[2m';
const RESET = '\x1b[0m';

/** Colour is for terminals, unless `NO_COLOR` says no (no-color.org). */
export function wantsColour(stream: NodeJS.WritableStream): boolean {
  return 'isTTY' in stream && stream.isTTY === true && !process.env['NO_COLOR'];
}

/** The winston format of the console. */
export function consoleLine(stream: NodeJS.WritableStream): winston.Logform.Format {
  const colour = wantsColour(stream);
  return lazyWinston().format.printf((info) => logLine(info, colour));
}

/** An event of the log, or one that was read from its file, as people read it: one line, whatever its text holds. */
export function logLine(info: Readonly<Record<string, unknown>>, colour: boolean): string {
  const level = String(info['level']);
  const fields = fieldsText(info['fields']);
  const time = oneLine(String(info['time']));
  const paddedLevel = oneLine(level).toUpperCase().padEnd(5);
  const agent = oneLine(String(info['agent'])).padEnd(14);
  const message = oneLine(String(info['message']));
  if (!colour) return `${time} ${paddedLevel} ${agent} ${message}${fields}`;
  return `${DIM}${time}${RESET} ${COLOURS[level] ?? ''}${paddedLevel}${RESET} ${agent} ${message}${DIM}${fields}${RESET}`;
}

function fieldsText(fields: unknown): string {
  if (typeof fields !== 'object' || fields === null) return '';
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${oneLine(key)}=${oneLine(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))}`,
    )
    .join('');
}

/** Control characters would let a stranger's text draw on the operator's terminal. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ');
}
