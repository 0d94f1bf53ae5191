// pyros sendvo: send a VOEvent to a broker, as an author.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { EXIT_FAILURE, EXIT_OK } from '../../src/errors/index.js';
import { sendVOEvent } from '../../src/voevent/index.js';
import { portNumber, seconds } from './common.js';

interface Options {
  host: string;
  port: number;
  file: string;
  timeout: number;
}

const DEFAULT_TIMEOUT_S = 20;

export function sendvoCommand(): Command {
  return new Command('sendvo')
    .description('Send a VOEvent to a broker and wait for its answer. Exit code 1 when it was not accepted.')
    .option('--host <host>', 'host of the broker', 'localhost')
    .option('--port <port>', 'its port for authors', portNumber, 8098)
    .option('-f, --file <path>', 'the VOEvent; - for standard input', '-')
    .option('--timeout <seconds>', 'how long to wait for the answer', seconds, DEFAULT_TIMEOUT_S)
    .action(async ({ host, port, file, timeout }: Options) => {
      const bytes = readFileSync(file === '-' ? 0 : file);
      const answer = await sendVOEvent({ host, port, timeoutMs: timeout * 1000 }, bytes);
      if (answer.accepted) console.log(`accepted: ${answer.origin}`);
      else console.error(`refused: ${answer.reason ?? 'no reason given'}`);
      process.exitCode = answer.accepted ? EXIT_OK : EXIT_FAILURE;
    });
}
