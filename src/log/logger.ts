// Logging with winston: a line per event for people on the console, JSON lines in a file that is rotated by size.
import { once } from 'node:events';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { transport } from 'winston';
import { consoleLine } from './console-line.js';
import { lazyWinston } from './lazy-winston.js';
import { LineBatch } from './line-batch.js';

/** How important a line is. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Values that go with a line: plain data, shown as `key=value` on the console. */
export type LogFields = Record<string, unknown>;

/** What writes log lines. */
export interface Logger {
  error(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  info(text: string, fields?: LogFields): void;
  debug(text: string, fields?: LogFields): void;
  /** Resolves when all lines are in the file. Lines written later are dropped. */
  close(): Promise<void>;
}

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  /** Name of the agent, on every line and of the file. */
  agent: string;
  /** Least important level that is written. @defaultValue 'info' */
  level?: LogLevel;
  /** Folder of `<agent>.log`; without it nothing is written to files. */
  directory?: string;
  /** A file is rotated when it has grown to this size, in bytes. @defaultValue 10 MB */
  fileBytes?: number;
  /** How many rotated files are kept. @defaultValue 5 */
  fileCount?: number;
  /** Where lines for people go; `null` for nowhere. @defaultValue the process's standard error */
  console?: NodeJS.WritableStream | null;
  /** The time of a line, in ms UTC. @defaultValue the system's */
  now?: () => number;
}

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];
const DEFAULT_FILE_BYTES = 10_000_000;
const DEFAULT_FILE_COUNT = 5;

/** Makes the logger of one agent. A file that cannot be written is said on the console, and ends nothing. */
export function createLogger(options: LoggerOptions): Logger {
  const { agent, level = 'info', console = process.stderr, now = Date.now } = options;
  const file = options.directory === undefined ? undefined : openFile(options, options.directory);
  const winston = lazyWinston();
  const transports: transport[] = [];
  if (console)
    transports.push(new winston.transports.Stream({ stream: console, format: consoleLine(console) }));
  const lines = file && new LineBatch(file, (options.fileBytes ?? DEFAULT_FILE_BYTES) / 100);
  if (lines) transports.push(new winston.transports.Stream({ stream: lines, format: winston.format.json() }));
  const logger = winston.createLogger({ level, transports, silent: transports.length === 0 });
  const written = new Set(LEVELS.slice(0, LEVELS.indexOf(level) + 1));
  let closed = false;
  const write = (lineLevel: LogLevel, text: string, fields: LogFields = {}) => {
    // winston would make the whole line before it looked at its level.
    if (closed || !written.has(lineLevel)) return;
    const time = new Date(now()).toISOString();
    logger.log({
      level: lineLevel,
      message: text,
      time,
      agent,
      ...(Object.keys(fields).length > 0 && { fields }),
    });
  };
  return {
    error: (text, fields) => write('error', text, fields),
    warn: (text, fields) => write('warn', text, fields),
    info: (text, fields) => write('info', text, fields),
    debug: (text, fields) => write('debug', text, fields),
    close: async () => {
      if (closed) return;
      closed = true;
      if (file && lines) await finish(file, lines);
    },
  };
}

/** A logger that keeps silent. */
export const silentLogger: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  close: async () => undefined,
};

/** Name of an agent's log file; `age` counts how often it has been rotated. */
export function logFileName(agent: string, age = 0): string {
  return age === 0 ? `${agent}.log` : `${agent}.${age}.log`;
}

function openFile(options: LoggerOptions, directory: string): RotatingFileStream {
  const { agent, fileBytes = DEFAULT_FILE_BYTES, fileCount = DEFAULT_FILE_COUNT } = options;
  const stream = createStream((index) => logFileName(agent, Number(index ?? 0)), {
    path: directory,
    size: `${fileBytes}B`,
    maxFiles: fileCount,
    rotate: fileCount,
  });
  const complain = (error: Error) =>
    options.console?.write(`cannot write the log of ${agent}: ${error.message}\n`);
  stream.on('error', complain);
  stream.on('warning', complain);
  return stream;
}

/** winston's own `end` may lose lines under load; the file stream's `finish` tells the truth. */
async function finish(file: RotatingFileStream, lines: LineBatch): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  lines.flush();
  if (file.destroyed || file.writableFinished) return;
  const finished = once(file, 'finish').catch(() => undefined);
  file.end();
  await finished;
}
