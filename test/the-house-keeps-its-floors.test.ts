import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import t from 'tap';
import { packageRoot } from '../src/config/index.js';

/** Floors of src/, lowest first. A room imports only rooms of lower floors, and those only by their index. */
const FLOORS = [
  ['errors', 'config', 'log', 'clock'],
  ['socket', 'threading', 'store', 'sky'],
  ['mesh', 'voevent'],
  ['celery', 'instruments'],
  ['observatory'],
];

/** Packages that only one place may import. */
const OWNERS: Record<string, string[]> = {
  'node:net': ['src/socket'],
  'node:tls': ['src/socket'],
  lmdb: ['src/store'],
  winston: ['src/log'],
  ini: ['src/config'],
  sax: ['src/voevent', 'src/instruments/indi'],
  'libxml2-wasm': ['src/voevent'],
  kafkajs: ['src/voevent'],
};

interface Import {
  file: string;
  target: string;
}

/** Of the circle test: types leave no trace at run time. */
const TYPE_IMPORTS = /^(import|export) type [^;]*;/gm;

function importsBelow(folder: string, without = /^$/): Import[] {
  const entries = readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' });
  return entries
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const file = join(folder, name);
      const text = readFileSync(join(packageRoot, file), 'utf8').replace(without, '');
      return [...text.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)].map((match) => {
        const target = match[1] ?? match[2] ?? '';
        return {
          file,
          target: target.startsWith('.')
            ? relative(packageRoot, resolve(packageRoot, dirname(file), target))
            : target,
        };
      });
    });
}

function everywhere(without?: RegExp): Import[] {
  return ['src', 'agents', 'scripts', 'bench'].flatMap((folder) => importsBelow(folder, without));
}

const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room));
const roomOf = (path: string) => path.split('/')[1] ?? '';

t.test('rooms import only rooms below them, and only by their index', async (t) => {
  const wrong: string[] = [];
  for (const { file, target } of importsBelow('src')) {
    if (!target.startsWith('src/') || roomOf(target) === roomOf(file)) continue;
    const isErrors = roomOf(target) === 'errors';
    if (floorOf(roomOf(file)) === -1) wrong.push(`${file}: its room is on no floor`);
    if (!isErrors && floorOf(roomOf(target)) >= floorOf(roomOf(file)))
      wrong.push(`${file} imports ${target}`);
    if (target !== `src/${roomOf(target)}/index.js`)
      wrong.push(`${file} imports ${target}, not the room's index`);
  }
  t.same(wrong, []);
});

t.test('src/ imports nothing from above it, agents never each other', async (t) => {
  const wrong = importsBelow('src').filter(({ target }) => /^(agents|scripts|test|bench)\//.test(target));
  const across = importsBelow('agents').filter(
    ({ file, target }) => target.startsWith('agents/') && roomOf(target) !== roomOf(file),
  );
  t.same([...wrong, ...across], []);
});

t.test('packages with an owner are imported by nobody else', async (t) => {
  // What is measured against bare sockets needs them.
  const wrong = everywhere().filter(({ file, target }) => {
    if (file.startsWith('bench/')) return false;
    const owners = OWNERS[target];
    return owners && !owners.some((owner) => file.startsWith(`${owner}/`));
  });
  t.same(wrong, []);
});

t.test('files do not import each other in a circle', async (t) => {
  const graph = new Map<string, string[]>();
  for (const { file, target } of everywhere(TYPE_IMPORTS)) {
    graph.set(file, [...(graph.get(file) ?? []), target.replace(/\.js$/, '.ts')]);
  }
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' > '));
    if (done.has(file) || path.includes(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  t.same(circles, []);
});
