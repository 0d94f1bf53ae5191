// Entry of the `pyros` command: one module per command in commands/.
import { Command, CommanderError } from 'commander';
import { ConfigError, version } from '../src/config/index.js';
import {
  EXIT_CONFIG,
  EXIT_OK,
  EXIT_SOFTWARE,
  EXIT_USAGE,
  errorText,
  PyrosError,
} from '../src/errors/index.js';
import { Sender } from '../src/mesh/index.js';
import { agentCommand } from './commands/agent.js';
import { demoCommand } from './commands/demo.js';
import { sendCommand } from './commands/send.js';
import { sendvoCommand } from './commands/sendvo.js';
import { startCommand } from './commands/start.js';
import { statusCommand } from './commands/status.js';

const EXAMPLES = `
Examples:
  pyros start                                  run the observatory of the INI file, Ctrl-C stops it
  pyros sendvo -f alert.xml                    send an alert to it
  pyros status                                 one line per agent
  pyros send scheduler Ping                    send a message to an agent
  printf 'Status\\n' | nc 127.0.0.1 5003        the same by hand

The configuration is pyros_agent_config.ini of the working directory, else PyROS's own; choose another with
--config PATH or PYROS_AGENT_CONFIG.`;

function program(): Command {
  const pyros = new Command('pyros')
    .description('The software of a robotic observatory.')
    .version(version)
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .showHelpAfterError('(add --help for usage)');
  const commands = [startCommand, agentCommand, sendCommand, statusCommand, sendvoCommand, demoCommand];
  for (const make of commands)
    pyros.addCommand(make().exitOverride().showHelpAfterError('(add --help for usage)'));
  return pyros;
}

async function main(): Promise<number> {
  try {
    await program().parseAsync();
    return Number(process.exitCode ?? EXIT_OK);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    if (error instanceof ConfigError) {
      console.error(error.message);
      return EXIT_CONFIG;
    }
    console.error(error instanceof PyrosError ? `pyros: ${errorText(error)}` : error);
    return error instanceof PyrosError ? 1 : EXIT_SOFTWARE;
  } finally {
    Sender.close();
  }
}

// A reader that has gone (`pyros status | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_OK);
});
process.exit(await main());
