// pyros celery worker: runs tasks of queues until it is told to stop.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Celery, LARGEST_POOL, Worker } from '../../../src/celery/index.js';
import { EXIT_OK, EXIT_SOFTWARE } from '../../../src/errors/index.js';
import { createLogger } from '../../../src/log/index.js';
import { renewCredentials } from '../../../src/mesh/index.js';
import { configOf, countFrom, seconds } from '../common.js';
import { type CeleryCommandOptions, celerySubcommand, queueNames } from './common.js';

interface Options extends CeleryCommandOptions {
  queues?: string[];
  pool: 'prefork' | 'threads' | 'solo';
  hostname?: string;
  concurrency?: number;
  loglevel?: Level;
  maxTasksPerChild?: number;
  maxMemoryPerChild?: number;
  timeLimit?: number;
  softTimeLimit?: number;
  prefetchMultiplier?: number;
}

type Level = 'error' | 'warn' | 'info' | 'debug';

/** As typed, and Celery's. */
const LEVELS: ReadonlyMap<string, Level> = new Map([
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['critical', 'error'],
  ['fatal', 'error'],
]);

/** Signals that come within this time are one: a terminal tells the whole group, and timeout(1) says each twice. */
const ONE_SIGNAL_MS = 300;

/** How long a task may go on when the process that started its worker has gone. */
const ORPHAN_PATIENCE_MS = 10_000;

export function workerCommand(): Command {
  return celerySubcommand('worker')
    .description('Run tasks of queues until Ctrl-C or SIGTERM; a second one ends the running tasks too.')
    .option('-Q, --queues <names>', 'queues to take tasks of, separated by commas', queueNames)
    .option('-n, --hostname <name>', 'name of the worker; %h is the host, %n its short name', nodeName)
    .option('-c, --concurrency <count>', 'tasks that run at a time', countFrom(1, LARGEST_POOL))
    .addOption(
      new Option('-P, --pool <kind>', 'where tasks run')
        .choices(['prefork', 'threads', 'solo'])
        .default('prefork'),
    )
    .option('-l, --loglevel <level>', 'least important level that is logged: error, warn, info, debug', level)
    .option('--max-tasks-per-child <count>', 'a child is replaced after so many tasks', countFrom(1))
    .option('--max-memory-per-child <KiB>', 'a child that has grown larger is replaced', memory)
    .option('--time-limit <seconds>', 'a task that runs longer is ended', seconds)
    .option('--soft-time-limit <seconds>', 'SoftTimeLimitExceeded is raised in the task then', seconds)
    .option('--prefetch-multiplier <count>', 'tasks that are fetched for each that may run', countFrom(0))
    .addOption(
      new Option('-E, --task-events', 'not needed: events are told while somebody listens').hideHelp(),
    )
    .addOption(
      new Option('-O, --optimization <profile>', 'fair is what there is')
        .choices(['default', 'fair'])
        .hideHelp(),
    )
    .addOption(new Option('--without-gossip', 'there is none').hideHelp())
    .addOption(new Option('--without-mingle', 'there is none').hideHelp())
    .action(async (options: Options) => {
      process.exitCode = await run(options);
    });
}

async function run(options: Options): Promise<number> {
  const app = new Celery('pyros', { config: configOf(options) });
  const { conf, config } = app;
  const node = fullName(options.hostname ?? 'celery@%h');
  const log = createLogger({
    agent: node,
    level: options.loglevel ?? config.logging.level,
    directory: join(config.dataDirectory, 'log'),
    fileBytes: config.logging.fileSize,
    fileCount: config.logging.fileCount,
    now: () => app.clock.now(),
  });
  const worker = new Worker(
    app,
    {
      pool: options.pool,
      node,
      queues: options.queues ?? [conf.taskDefaultQueue],
      // It is one process with one thread.
      concurrency: options.pool === 'solo' ? 1 : (options.concurrency ?? conf.workerConcurrency),
      prefetchMultiplier: options.prefetchMultiplier ?? conf.workerPrefetchMultiplier,
      maxTasksPerChild: options.maxTasksPerChild ?? conf.workerMaxTasksPerChild,
      maxMemoryPerChildKiB: options.maxMemoryPerChild ?? conf.workerMaxMemoryPerChild,
      timeLimitMs: inMs(options.timeLimit) ?? conf.taskTimeLimit,
      softTimeLimitMs: inMs(options.softTimeLimit) ?? conf.taskSoftTimeLimit,
      graceMs: conf.taskTerminateGrace,
    },
    log,
  );
  const stopped = worker.stopped();
  stopOnSignals(worker, (text) => log.warn(text));
  // As an agent does: `systemctl kill -s HUP 'pyros@*'` is for all.
  process.on('SIGHUP', (signal) => renewCredentials(config, log) || process.emit('SIGTERM', signal));
  try {
    await worker.start();
  } catch {
    worker.kill();
    return EXIT_SOFTWARE;
  }
  process.send?.({ kind: 'ready', agent: node });
  await stopped;
  app.close();
  await log.close();
  return EXIT_OK;
}

/** The first is a warm shutdown, the second a cold one. */
function stopOnSignals(worker: Worker, say: (text: string) => void): void {
  let firstMs: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    const nowMs = performance.now();
    if (firstMs === undefined) {
      firstMs = nowMs;
      say(`${signal}: warm shutdown: finishing the tasks in hand`);
      void worker.shutdown();
    } else if (nowMs - firstMs > ONE_SIGNAL_MS) {
      say(`${signal}: cold shutdown: ending the tasks in hand`);
      worker.kill();
    }
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGQUIT', () => worker.kill());
  process.on('disconnect', () => orphaned(worker, say));
  // It may have gone before anybody listened.
  if (process.connected === false) orphaned(worker, say);
}

/** Whoever started this has gone: nobody would end it. */
function orphaned(worker: Worker, say: (text: string) => void): void {
  say('the process that started this worker has gone: it stops');
  void worker.shutdown();
  setTimeout(() => worker.kill(), ORPHAN_PATIENCE_MS).unref();
}

function inMs(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value * 1000;
}

function fullName(name: string): string {
  const host = hostname();
  const filled = name.replaceAll('%h', host).replaceAll('%n', host.split('.')[0] ?? host);
  return filled.includes('@') ? filled : `${filled}@${host}`;
}

/** Python's names of levels, in any case. */
function level(text: string): Level {
  const found = LEVELS.get(text.toLowerCase());
  if (found) return found;
  throw new InvalidArgumentError(`expected one of ${[...LEVELS.keys()].join(', ')}`);
}

function nodeName(text: string): string {
  if (/^[\w.%@-]{1,200}$/.test(text)) return text;
  throw new InvalidArgumentError('expected a name such as observer@%h');
}

function memory(text: string): number {
  return countFrom(1000)(text);
}
