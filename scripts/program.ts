// The `pyros` command with its subcommands, made without running anything. What a command needs is loaded with it: a
// command that runs shall start soon, and an agent listen soon.
import { Command } from 'commander';
import { version } from '../src/config/index.js';
import { configured } from './commands/common.js';

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

/** What makes each command, in the order of the help. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  start: async () => (await import('./commands/start.js')).startCommand(),
  agent: async () => (await import('./commands/agent.js')).agentCommand(),
  status: async () => (await import('./commands/status.js')).statusCommand(),
  send: async () => (await import('./commands/send.js')).sendCommand(),
  request: async () => (await import('./commands/send.js')).requestCommand(),
  do: async () => (await import('./commands/sentence.js')).doCommand(),
  get: async () => (await import('./commands/sentence.js')).getCommand(),
  set: async () => (await import('./commands/sentence.js')).setCommand(),
  instruments: async () => (await import('./commands/instruments.js')).instrumentsCommand(),
  ping: async () => (await import('./commands/ping.js')).pingCommand(),
  outbox: async () => (await import('./commands/outbox.js')).outboxCommand(),
  tail: async () => (await import('./commands/tail.js')).tailCommand(),
  sendvo: async () => (await import('./commands/sendvo.js')).sendvoCommand(),
  celery: async () => (await import('./commands/celery/index.js')).celeryCommand(),
  vo: async () => (await import('./commands/vo.js')).voCommand(),
  comet: async () => (await import('./commands/comet.js')).cometCommand(),
  'comet-sendvo': async () => (await import('./commands/comet-sendvo.js')).cometSendvoCommand(),
  fits: async () => (await import('./commands/fits.js')).fitsCommand(),
  demo: async () => (await import('./commands/demo.js')).demoCommand(),
  secret: async () => (await import('./commands/secret.js')).secretCommand(),
  completion: async () => (await import('./commands/completion.js')).completionCommand(),
};

/**
 * The command line; mistakes in it are thrown as `CommanderError`.
 * @param only - the name of the one command that is needed. When there is no such command, there are all.
 */
export async function program(only?: string): Promise<Command> {
  const pyros = configured(new Command('pyros'))
    .description('The software of a robotic observatory.')
    .version(version)
    .addHelpText('after', EXAMPLES);
  const one = only !== undefined && Object.hasOwn(COMMANDS, only) ? COMMANDS[only] : undefined;
  for (const make of one ? [one] : Object.values(COMMANDS)) pyros.addCommand(configured(await make()));
  if (!one) {
    const { completeCommand } = await import('./commands/completion.js');
    pyros.addCommand(configured(completeCommand(pyros)), { hidden: true });
  }
  return pyros;
}
