// pyros comet-sendvo: send a VOEvent, with the command lines and the exit codes of comet-sendvo.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { EXIT_FAILURE, EXIT_OK, errorText, PyrosError } from '../../src/errors/index.js';
import { type Endpoint, sendVOEvent } from '../../src/voevent/index.js';
import { remoteEndpoint } from '../comet/endpoints.js';
import { isSystemError } from '../exit-code.js';
import { portNumber, seconds } from './common.js';

interface Options {
  host: string;
  port: number;
  file: string;
  timeout: number;
}

const DEFAULT_PORT = 8098;

export function cometSendvoCommand(): Command {
  return (
    new Command('comet-sendvo')
      .description(
        'Send a VOEvent to a broker as comet-sendvo does. Exit code 0 when it was accepted, else 1.',
      )
      // -h is the host.
      .helpOption('--help', 'display help for command')
      .argument('[target]', 'the broker as HOST:PORT, instead of --host and --port', brokerAt)
      .argument('[file]', 'the VOEvent, instead of --file')
      .option('-h, --host <host>', 'host of the broker', 'localhost')
      .option('-p, --port <port>', 'its port for authors', portNumber, DEFAULT_PORT)
      .option('-f, --file <path>', 'the VOEvent; - for standard input', '-')
      .option('--timeout <seconds>', 'how long to wait for the answer', seconds, 20)
      .option('-v, --verbose', 'as in Comet; says nothing more')
      .action(send)
  );
}

function brokerAt(text: string): Endpoint {
  return remoteEndpoint(text, DEFAULT_PORT);
}

async function send(target: Endpoint | undefined, file: string | undefined, options: Options): Promise<void> {
  const { host, port } = target ?? options;
  try {
    const bytes = readFileSync((file ?? options.file) === '-' ? 0 : (file ?? options.file));
    const answer = await sendVOEvent({ host, port, timeoutMs: options.timeout * 1000 }, bytes);
    if (answer.accepted) {
      console.log('Event was sent successfully');
      process.exitCode = EXIT_OK;
      return;
    }
    console.error(
      `Event was NOT sent successfully: ${host} refused to accept VOEvent (${answer.reason ?? ''})`,
    );
  } catch (error) {
    if (!(error instanceof PyrosError) && !isSystemError(error)) throw error;
    console.error(`Event was NOT sent successfully: ${errorText(error)}`);
  }
  process.exitCode = EXIT_FAILURE;
}
