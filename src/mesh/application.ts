// A process that is one application: makes the logger and the clock of the configuration, starts the agent, and
// ends cleanly whatever happens.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { observatoryClock } from '../clock/index.js';
import { type Config, ConfigError, missingReceivers, packageRoot } from '../config/index.js';
import {
  EXIT_CONFIG,
  EXIT_OK,
  EXIT_SOFTWARE,
  EXIT_UNAVAILABLE,
  errorCode,
  errorText,
  setUnheardTeller,
} from '../errors/index.js';
import { createLogger, type Logger } from '../log/index.js';
import { agentEntry } from './agent-entry.js';
import type { AppConfigClass } from './app-config.js';
import { nightName, observatoryOrigin } from './clock-origin.js';
import { credentialsOf } from './credentials.js';
import type { Environment } from './environment.js';
import { MeshError } from './errors.js';
import { ProcessWatch } from './process-watch.js';
import { Sender } from './sender.js';

/** What an application tells the process that started it, over IPC. */
export interface ReadyNotice {
  kind: 'ready';
  agent: string;
}

/** The logger and clock that the configuration asks for. */
export function makeEnvironment(config: Config, name: string): Environment {
  const { logging, observatory, clock, dataDirectory } = config;
  const origin = clock.mode === 'simulated' ? observatoryOrigin(config) : undefined;
  const timepiece = observatoryClock({
    ...clock,
    longitudeDeg: observatory.longitude,
    ...(origin && { origin }),
  });
  const log = createLogger({
    agent: name,
    level: logging.level,
    directory: join(dataDirectory, 'log'),
    fileBytes: logging.fileSize,
    fileCount: logging.fileCount,
    now: () => timepiece.now(),
  });
  const night = origin && nightName(config, origin);
  return { config, log, clock: timepiece, night };
}

/**
 * Finds the application of an agent: `agents/<name>/` of PyROS, or the module that the INI names.
 * @throws MeshError `UNKNOWN_AGENT`, `APPLICATION_INVALID`
 */
export async function findApplication(config: Config, name: string): Promise<AppConfigClass> {
  const path = agentEntry(config, name).application ?? join(packageRoot, 'dist', 'agents', name, 'index.js');
  try {
    const { default: application } = await import(pathToFileURL(path).href);
    if (typeof application !== 'function') throw new Error('it has no default export that is a class');
    return application;
  } catch (error) {
    throw new MeshError(
      'APPLICATION_INVALID',
      `cannot load agent ${name} from ${path}: ${errorText(error)}`,
      error,
    );
  }
}

/**
 * Runs the application of one agent in this process until it stops.
 * @returns the exit code
 */
export async function runApplication(config: Config, name: string): Promise<number> {
  // Before anything is made on disk: the name becomes part of paths.
  try {
    agentEntry(config, name);
  } catch (error) {
    process.stderr.write(`pyros: ${errorText(error)}\n`);
    return EXIT_CONFIG;
  }
  const environment = makeEnvironment(config, name);
  const { log } = environment;
  Sender.configure(config, name);
  setUnheardTeller((what, error) => logUnheard(log, what, error));
  const watch = new ProcessWatch(log, () => renewCredentials(config, log));
  for (const warning of missingReceivers(config, name)) log.warn(warning);
  try {
    return await Promise.race([watch.crashed, run(environment, name, watch)]);
  } catch (error) {
    log.error(`cannot start: ${errorText(error)}`, { code: errorCode(error) });
    if (!(error instanceof Error && 'code' in error))
      log.error(error instanceof Error ? (error.stack ?? '') : '');
    return startExitCode(error);
  } finally {
    Sender.close();
    await log.close();
  }
}

/** An error of a thread that nobody waits for. The agent goes on. */
function logUnheard(log: Logger, what: string, error: Error): void {
  const { stack } = error.cause instanceof Error ? error.cause : error;
  log.error(`${what}: ${errorText(error)}`, { code: errorCode(error), stack });
}

async function run(environment: Environment, name: string, watch: ProcessWatch): Promise<number> {
  const application = new (await findApplication(environment.config, name))(environment);
  watch.application = application;
  await application.ready();
  const { agent } = application;
  if (!agent) return EXIT_OK;
  // Whoever started this may have gone meanwhile: that is told by `disconnect`.
  process.send?.({ kind: 'ready', agent: name } satisfies ReadyNotice, undefined, undefined, () => undefined);
  await agent.stopped();
  return EXIT_OK;
}

/** A start that fails the same way each time need not be tried again. */
function startExitCode(error: unknown): number {
  const code = errorCode(error) ?? '';
  if (error instanceof ConfigError || code === 'APPLICATION_INVALID' || code === 'UNKNOWN_AGENT')
    return EXIT_CONFIG;
  return code === 'AGENT_ALREADY_RUNNING' ? EXIT_UNAVAILABLE : EXIT_SOFTWARE;
}

/**
 * Reads the files of `[security]` again. What is no good is logged, and the old goes on.
 * @returns whether there are any
 */
export function renewCredentials(config: Config, log: Logger): boolean {
  try {
    const credentials = credentialsOf(config);
    credentials.reload();
    if (credentials.tls) log.info(`read the files of [security] again: ${credentials.text}`);
    return credentials.tls !== undefined;
  } catch (error) {
    log.error(`the files of [security] are not taken, the old go on: ${errorText(error)}`, {
      code: errorCode(error),
    });
    return true;
  }
}
