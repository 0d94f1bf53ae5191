// The sample events of test/fixtures/voevents, found from wherever the compiled tests are.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = join(packageRoot(dirname(fileURLToPath(import.meta.url))), 'test', 'fixtures', 'voevents');

function packageRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (folder === dirname(folder)) throw new Error('no package.json above the tests');
  return packageRoot(dirname(folder));
}

/** Names of all samples, transport messages among them. */
export const fixtureNames = readdirSync(FOLDER).filter((name) => name.endsWith('.xml'));

/** The bytes of a sample, or of the README beside them. */
export function fixture(name: string): Buffer {
  return readFileSync(join(FOLDER, name));
}

/** Names of the samples that an author is acknowledged (`ack`) or refused (`nak`), by the table of the README. */
export function fixturesAnswered(answer: 'ack' | 'nak'): string[] {
  const rows = fixture('README.md').toString().split('\n');
  return rows.filter((row) => row.endsWith(`| ${answer} |`)).map((row) => row.split('|')[1]?.trim() ?? '');
}

/** The smallest event that is taken; `content` goes into its root element. */
export function smallEvent(content = '', ivorn = 'ivo://pyros.test/room#1', role = 'test'): string {
  const names = 'xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0"';
  return `<voe:VOEvent ${names} version="2.0" role="${role}" ivorn="${ivorn}">${content}</voe:VOEvent>`;
}
