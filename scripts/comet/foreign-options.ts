// What Comet's users know from twistd, and what takes its place here: such an option is refused with its replacement.
import type { Command } from 'commander';
import { CommandFailure } from '../errors.js';

const USER = 'start it as that user: runuser -u USER -- pyros comet ..., or User= of a systemd unit';
const LOG = 'lines of the log go to standard error, which systemd keeps, or to --logfile';
const NEVER = 'there is nothing like it here; leave it away';

/** Flags of twistd, and why each is refused. `-b` and `-r` are Comet's own. */
const FOREIGN: Readonly<Record<string, string>> = {
  '--syslog': LOG,
  '--prefix <text>': LOG,
  '--logger <name>': LOG,
  '-u, --uid <user>': USER,
  '-g, --gid <group>': USER,
  '--euid': USER,
  '--umask <mask>': 'set it before: umask 027; pyros comet ...',
  '--chroot <path>': 'start it in a container, or with RootDirectory= of a systemd unit',
  '-d, --rundir <path>': 'change into that folder before: cd PATH; pyros comet ...',
  '--daemonize':
    'it stays in the foreground; a systemd unit, or pyros comet ... &, puts it into the background',
  '--debug': 'for more lines in the log give -v -v',
  '--profile <path>': NEVER,
  '--profiler <name>': NEVER,
  '--savestats': NEVER,
  '--spew': NEVER,
  '-o, --no_save': NEVER,
  '--encrypted': NEVER,
  '--originalname': NEVER,
  '--reactor <name>': NEVER,
  '--help-reactors': NEVER,
};

/** Has a command answer them; they are not in its help. */
export function refuseForeignOptions(command: Command): void {
  for (const [flags, why] of Object.entries(FOREIGN)) {
    const option = command.createOption(flags).hideHelp();
    command.addOption(option);
    command.on(`option:${option.name()}`, () => {
      throw new CommandFailure('USAGE', `${option.long} of twistd is not known here: ${why}`);
    });
  }
}

/** Comet looks for its plugins there. */
const PLUGIN_PATH = 'COMET_PLUGINPATH';

/** What the environment asks for that is not done. */
export function foreignVariables(environment: NodeJS.ProcessEnv): string | undefined {
  if (!environment[PLUGIN_PATH]) return undefined;
  return `${PLUGIN_PATH} is set, but plugins in Python are not run: make each a program that reads the event from standard input, and name it with --cmd`;
}
