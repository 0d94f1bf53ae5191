// npm run bench -- NAME [--quick]: runs one benchmark, and prints its figures as one line of JSON, last.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../src/config/index.js';
import { EXIT_FAILURE, EXIT_OK, EXIT_SOFTWARE, EXIT_USAGE } from '../src/errors/index.js';
import type { Benchmark, Figure } from './figure.js';

const FOLDER = join(packageRoot, 'dist', 'bench');

async function main(): Promise<number> {
  const names = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
  const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
  const [name] = names;
  const path = join(FOLDER, name ?? '', 'index.js');
  const isUsageRight = names.length === 1 && options.every((option) => option === '--quick');
  if (!name || !isUsageRight || !/^\w+$/.test(name) || !existsSync(path)) {
    console.error(`usage: npm run bench -- NAME [--quick]; NAME is one of ${benchmarks().join(', ')}`);
    return EXIT_USAGE;
  }
  const { default: run } = (await import(pathToFileURL(path).href)) as { default: Benchmark };
  const figures = await run({ quick: options.includes('--quick') });
  for (const line of figures.map(forPeople)) console.log(line);
  console.log(JSON.stringify({ bench: name, node: process.version, figures }));
  return figures.every(({ met }) => met) ? EXIT_OK : EXIT_FAILURE;
}

function benchmarks(): string[] {
  return readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, 'index.js')));
}

function forPeople({ name, value, unit, baseline, ratio, goal, met }: Figure): string {
  const beside = baseline === null ? '' : `, baseline ${baseline} ${unit}, ratio ${ratio}`;
  return `${met ? 'ok     ' : 'MISSED '} ${name}: ${value} ${unit}${beside}${goal === null ? '' : ` (goal ${goal})`}`;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error);
  process.exit(EXIT_SOFTWARE);
}
