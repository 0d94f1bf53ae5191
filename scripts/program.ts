// The `pyros` command with all its subcommands, made without running anything.
import { Command } from 'commander';
import { version } from '../src/config/index.js';
import { agentCommand } from './commands/agent.js';
import { celeryCommand } from './commands/celery/index.js';
import { cometCommand } from './commands/comet.js';
import { cometSendvoCommand } from './commands/comet-sendvo.js';
import { configured } from './commands/common.js';
import { completeCommand, completionCommand } from './commands/completion.js';
import { demoCommand } from './commands/demo.js';
import { fitsCommand } from './commands/fits.js';
import { instrumentsCommand } from './commands/instruments.js';
import { outboxCommand } from './commands/outbox.js';
import { pingCommand } from './commands/ping.js';
import { secretCommand } from './commands/secret.js';
import { requestCommand, sendCommand } from './commands/send.js';
import { sendvoCommand } from './commands/sendvo.js';
import { doCommand, getCommand, setCommand } from './commands/sentence.js';
import { startCommand } from './commands/start.js';
import { statusCommand } from './commands/status.js';
import { tailCommand } from './commands/tail.js';
import { voCommand } from './commands/vo.js';

const EXAMPLES = `
Examples:
  pyros start                                  run the observatory of the INI file, Ctrl-C stops it
  pyros sendvo --tonight -f alert.xml          send an alert to it, as if it had just happened
  pyros status --watch                         one line per agent, again every 2 s
  pyros request scheduler Status               send a message to an agent, and show its reply
  pyros do TELESCOPE GOTO RA=05:34:32 DEC=+22  let an instrument do something
  pyros tail telescope                         what an agent logs, as it is written
  printf 'Status\\n' | nc 127.0.0.1 5003        a message by hand

The configuration is pyros_agent_config.ini of the working directory, else PyROS's own; choose another with
--config PATH or PYROS_AGENT_CONFIG. Exit codes: 0 done, 1 the answer is no, 64 the command line is wrong, 66 a file
cannot be read, 69 an agent cannot be reached, 78 the configuration is wrong. docs/commands.md explains every command.`;

/** One maker per command, in the order of the help. */
const COMMANDS = [
  startCommand,
  agentCommand,
  statusCommand,
  sendCommand,
  requestCommand,
  doCommand,
  getCommand,
  setCommand,
  instrumentsCommand,
  pingCommand,
  outboxCommand,
  tailCommand,
  sendvoCommand,
  celeryCommand,
  voCommand,
  cometCommand,
  cometSendvoCommand,
  fitsCommand,
  demoCommand,
  secretCommand,
  completionCommand,
];

/** The whole command line. Mistakes in it are thrown as `CommanderError`. */
export function program(): Command {
  const pyros = configured(new Command('pyros'))
    .description('The software of a robotic observatory.')
    .version(version)
    .addHelpText('after', EXAMPLES);
  for (const make of COMMANDS) pyros.addCommand(configured(make()));
  pyros.addCommand(configured(completeCommand(pyros)), { hidden: true });
  return pyros;
}
