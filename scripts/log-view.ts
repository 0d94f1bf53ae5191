// A line of a log file as `pyros tail` shows it.
import { type LogLevel, logLine } from '../src/log/index.js';
import { jsonLine, printable } from './output.js';

/** What is shown, and how. */
export interface LogView {
  /** Least important level that is shown. @defaultValue all */
  level?: LogLevel;
  json: boolean;
  colour: boolean;
}

/** Most important first. */
export const LOG_LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** @returns `undefined` for a line that is not shown. What is no event of a logger is shown as it is. */
export function shownLine(line: string, { level = 'debug', json, colour }: LogView): string | undefined {
  if (line.trim() === '') return undefined;
  const event = parseEvent(line);
  if (!event) return json ? jsonLine({ message: line }) : printable(line);
  if (LOG_LEVELS.indexOf(event.level) > LOG_LEVELS.indexOf(level)) return undefined;
  return json ? jsonLine(event) : logLine(event, colour);
}

interface LogEvent extends Record<string, unknown> {
  level: LogLevel;
}

function parseEvent(line: string): LogEvent | undefined {
  try {
    const event = JSON.parse(line);
    const isEvent = ['time', 'agent', 'message'].every((key) => typeof event[key] === 'string');
    return isEvent && LOG_LEVELS.includes(event.level) ? event : undefined;
  } catch {
    return undefined;
  }
}
