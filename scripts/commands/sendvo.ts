// pyros sendvo: send a VOEvent to a broker, as an author.
import { readFileSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import type { Command } from 'commander';
import type { Config } from '../../src/config/index.js';
import { EXIT_FAILURE, EXIT_OK } from '../../src/errors/index.js';
import { limitsOf, siteOf } from '../../src/observatory/index.js';
import { sendVOEvent } from '../../src/voevent/index.js';
import { movedTo } from '../demo/moved-alert.js';
import { CommandFailure } from '../errors.js';
import { isSystemError } from '../exit-code.js';
import { timeOfObservatory } from '../observatory-time.js';
import { configOf, configuredCommand, portNumber, seconds } from './common.js';

interface Options {
  host: string;
  port: number;
  file: string;
  timeout: number;
  tonight?: boolean;
  config?: string;
}

const DEFAULT_TIMEOUT_S = 20;

export function sendvoCommand(): Command {
  return configuredCommand('sendvo')
    .description('Send a VOEvent to a broker and wait for its answer. Exit code 1 when it was not accepted.')
    .option('--host <host>', 'host of the broker', 'localhost')
    .option('--port <port>', 'its port for authors', portNumber, 8098)
    .option('-f, --file <path>', 'the VOEvent; - for standard input', '-')
    .option('--tonight', "move it into tonight's sky of the INI file's site first, as a new event")
    .option('--timeout <seconds>', 'how long to wait for the answer', seconds, DEFAULT_TIMEOUT_S)
    .action(async ({ host, port, file, timeout, tonight, ...options }: Options) => {
      // A file that is named and not there is a mistake, needed or not.
      const config = tonight || options.config !== undefined ? configOf(options) : undefined;
      const original = readInput(file);
      const bytes = tonight && config ? await intoTonight(config, original) : original;
      const answer = await sendVOEvent({ host, port, timeoutMs: timeout * 1000 }, bytes);
      if (answer.accepted) console.log(`accepted: ${answer.origin}`);
      else console.error(`refused: ${answer.reason ?? 'no reason given'}`);
      process.exitCode = answer.accepted ? EXIT_OK : EXIT_FAILURE;
    });
}

/** @throws CommandFailure `NO_INPUT` */
function readInput(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const [, reason = error.message] = getSystemErrorMap().get(error.errno ?? 0) ?? [];
    throw new CommandFailure('NO_INPUT', `cannot read ${file}: ${reason}`, error);
  }
}

/** Moves it, and tells what was changed. */
async function intoTonight(config: Config, original: Buffer): Promise<Buffer> {
  const nowMs = await timeOfObservatory(config);
  const tonight = { site: siteOf(config), limits: limitsOf(config), nowMs };
  const { bytes, changes } = movedTo(tonight, original, { suffix: `-${stamp()}` });
  for (const change of changes) console.log(change);
  return bytes;
}

/** Real time: an event that is sent again in the same simulated night is another one. */
function stamp(): string {
  return new Date().toISOString().replace(/[-:.]/g, '');
}
