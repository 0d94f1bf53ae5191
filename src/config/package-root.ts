// Where PyROS is installed.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds PyROS's `package.json`, whether run from the sources or compiled. */
export const packageRoot: string = find(dirname(fileURLToPath(import.meta.url)));

/** PyROS's version, of its `package.json`. */
export const version: string = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version;

function find(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : find(dirname(folder));
}
