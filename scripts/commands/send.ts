// pyros send: one message to one agent.
import { type Command, InvalidArgumentError } from 'commander';
import { errorText } from '../../src/errors/index.js';
import { Sender } from '../../src/mesh/index.js';
import { printJson } from '../output.js';
import { configOf, configuredCommand, seconds } from './common.js';

interface Options {
  config?: string;
  json?: boolean;
  timeout?: number;
}

export function sendCommand(): Command {
  return configuredCommand('send')
    .description('Send a message to an agent, wait until it has acted, and print its reply.')
    .argument('<agent>', 'name of the agent, as in the INI file')
    .argument('<message>', 'the message, for example Ping; Help lists those of an agent')
    .argument('[payload]', 'payload in JSON', json)
    .option('--json', 'print the reply, or null, as JSON')
    .option('--timeout <seconds>', 'how long to wait for the answer', seconds)
    .addHelpText(
      'after',
      '\nExample:\n  pyros send scheduler \'Observation finished\' \'{"sequence": "12"}\'',
    )
    .action(async (agent: string, message: string, payload: unknown, options: Options) => {
      configOf(options);
      const wait = options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1000 };
      const reply = await Sender.request(agent, message, payload, wait);
      if (options.json) printJson(reply ?? null);
      else if (reply === undefined) console.log('OK');
      else printJson(reply);
    });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`the payload is no JSON: ${errorText(error)}`);
  }
}
