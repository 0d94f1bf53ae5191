// pyros send and pyros request: one message to one agent.
import { type Command, InvalidArgumentError } from 'commander';
import { errorText } from '../../src/errors/index.js';
import { jsonLine, printJson } from '../output.js';
import { patientRequest } from '../patient-request.js';
import { configOf, configuredCommand, seconds } from './common.js';

interface Options {
  config?: string;
  json?: boolean;
  wait?: number;
  timeout?: number;
}

export function sendCommand(): Command {
  return messageCommand('send')
    .description('Send a message to an agent, wait until it has acted, and print OK or its reply.')
    .option('--json', 'print {"ok":true,"reply":...} or {"ok":false,"code":...,"error":...} on one line')
    .addHelpText(
      'after',
      '\nExample:\n  pyros send scheduler \'Observation finished\' \'{"sequence": "12"}\'',
    )
    .action(async (agent: string, message: string, payload: unknown, options: Options) => {
      const reply = await request(agent, message, payload, options);
      if (options.json) console.log(jsonLine({ ok: true, reply: reply ?? null }));
      else if (reply === undefined) console.log('OK');
      else printJson(reply);
    });
}

export function requestCommand(): Command {
  return messageCommand('request')
    .description('Send a message to an agent, and print its reply as JSON; null when it has none.')
    .option('--json', 'print the reply on one line, a failure as {"ok":false,"code":...,"error":...}')
    .addHelpText('after', '\nExample:\n  pyros request majordome Sequences --timeout 5')
    .action(async (agent: string, message: string, payload: unknown, options: Options) => {
      const reply = await request(agent, message, payload, options);
      if (options.json) console.log(jsonLine(reply));
      else printJson(reply);
    });
}

/** What the two have in common. */
function messageCommand(name: string): Command {
  return configuredCommand(name)
    .argument('<agent>', 'name of the agent, as in the INI file')
    .argument('<message>', 'the message, for example Ping; Help lists those of an agent', messageText)
    .argument('[payload]', 'payload in JSON', json)
    .option('--wait <seconds>', 'for how long to try again while the agent cannot be reached', seconds)
    .option('--timeout <seconds>', 'how long to wait for the answer', seconds);
}

function request(agent: string, message: string, payload: unknown, options: Options): Promise<unknown> {
  configOf(options);
  const { wait: waitS, timeout: timeoutS } = options;
  const onProgress = process.stderr.isTTY ? tellProgress : undefined;
  return patientRequest(agent, message, payload, { waitS, timeoutS, onProgress });
}

function tellProgress(data: unknown): void {
  console.error(`progress: ${jsonLine(data)}`);
}

function messageText(text: string): string {
  if (text.trim() === '')
    throw new InvalidArgumentError('the message is empty; `pyros send AGENT Help` lists those of an agent');
  if (/[\t\r\n]/.test(text))
    throw new InvalidArgumentError('it holds a tab or a line end; a payload is an argument of its own');
  return text;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`the payload is no JSON: ${errorText(error)}`);
  }
}
