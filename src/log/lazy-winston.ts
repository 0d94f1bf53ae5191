// winston is loaded when the first logger is made: it takes 9 MiB, and most processes of a command line make none.
import { createRequire } from 'node:module';
import type winston from 'winston';

let loaded: typeof winston | undefined;

export function lazyWinston(): typeof winston {
  loaded ??= createRequire(import.meta.url)('winston') as typeof winston;
  return loaded;
}
