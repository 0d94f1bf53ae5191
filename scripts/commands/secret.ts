// pyros secret: makes the secret that all hosts of an observatory share.
import { statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { errorCode, errorText } from '../../src/errors/index.js';
import { newSecret } from '../../src/mesh/index.js';
import { CommandFailure } from '../errors.js';

const DEFAULT_FILE = 'pyros.secret';
const OLD_SECRET = 'exists and is not written over: remove it first if no host needs it any more';

const NOTES = `
The file is readable by you alone (mode 0600), and agents do not start when it is otherwise. It is never written over.
Copy it to every host of the observatory, with the INI file and by a way that nobody can listen to, such as scp -p.
It must belong to the user who runs the agents there.

Example:
  pyros secret /etc/pyros/pyros.secret`;

export function secretCommand(): Command {
  return new Command('secret')
    .description('Make a new shared secret, by which agents and commands talk over TLS.')
    .argument('[file]', 'where to', DEFAULT_FILE)
    .addHelpText('after', NOTES)
    .action((file: string) => {
      const path = resolve(file);
      writeSecret(path);
      console.log(`Made ${path}. In the INI file of every host:

[security]
secret_file = ${path}

(or its path relative to the INI file). Copy the secret to every host, for example with
  scp -p ${path} HOST:${path}
and restart all agents: those with the secret talk only to those with the same one.`);
    });
}

function writeSecret(path: string): void {
  try {
    // Whoever could open it before would read along: it is made with its rights, and only when there is none.
    writeFileSync(path, newSecret(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw notWritten(path, error);
    const way = isFolder(path) ? 'is a folder: name a file in it' : OLD_SECRET;
    throw new CommandFailure('FILE_EXISTS', `${path} ${way}`, error);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The system's word does not say which of the two is wrong, nor what to do. */
function notWritten(path: string, error: unknown): CommandFailure {
  const folder = dirname(path);
  const ways: Record<string, string> = {
    ENOENT: `there is no folder ${folder}: make it first, mkdir -p ${folder}`,
    ENOTDIR: `${folder} is no folder`,
    EACCES: `you may not write into ${folder}: run this as its owner, or name another file`,
    EROFS: `${folder} is on a disk that is read only: name another file`,
  };
  const reason = ways[errorCode(error) ?? ''] ?? errorText(error);
  return new CommandFailure('FILE_NOT_WRITTEN', `the secret was not written: ${reason}`, error);
}
