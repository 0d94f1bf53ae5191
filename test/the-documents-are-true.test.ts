import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join } from 'node:path';
import t from 'tap';
import { configurationPage } from '../scripts/docs/configuration-page.js';
import { instrumentsPage } from '../scripts/docs/instruments-page.js';
import { AGENT_NAMES, packageRoot } from '../src/config/index.js';
import { Agent } from '../src/mesh/index.js';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

/** Codes in upper case that stand in quotes in the error files of the rooms. */
function codesOfSources(): Set<string> {
  const files = readdirSync(join(packageRoot, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => basename(name) === 'errors.ts')
    .map((name) => join('src', name));
  const found = files.flatMap((file) => [
    ...read(file).matchAll(/'([A-Z][A-Z0-9_]{2,})'|^ +([A-Z][A-Z0-9_]{2,}): \d+/gm),
  ]);
  const codes = found.map((match) => match[1] ?? match[2] ?? '');
  return new Set(codes.filter((code) => !(code in constants.errno)));
}

t.test('docs/configuration.md is what the table of keys says (npm run docs)', async (t) => {
  t.equal(read('docs/configuration.md'), configurationPage());
});

t.test('docs/instruments.md is what the table of commands says (npm run docs)', async (t) => {
  t.equal(read('docs/instruments.md'), instrumentsPage());
});

t.test('docs/errors.md lists every error code and no other', async (t) => {
  const documented = new Set(
    [...read('docs/errors.md').matchAll(/^\| `([A-Z][A-Z0-9_]+)` \|/gm)].map((match) => match[1] ?? ''),
  );
  const codes = codesOfSources();
  t.ok(codes.size > 20);
  t.same(
    [...codes].filter((code) => !documented.has(code)),
    [],
    'codes that are not documented',
  );
  t.same(
    [...documented].filter((code) => !codes.has(code)),
    [],
    'documented codes that do not exist',
  );
});

t.test('every agent of the INI file has its constant, its folder and its launch script', async (t) => {
  for (const name of AGENT_NAMES) {
    t.equal(Agent[name.toUpperCase() as keyof typeof Agent] as unknown, name, name);
    t.match(read(`agents/${name}/index.ts`), `readonly name = '${name}'`);
    t.match(read(`scripts/${name}`), `agent ${name} "$@"`);
  }
});
