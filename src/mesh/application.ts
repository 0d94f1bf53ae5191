// A process that is one application: reads the configuration, makes the logger and the clock, starts the agent, and
// ends cleanly whatever happens.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ClockOrigin, observatoryClock } from '../clock/index.js';
import { type Config, ConfigError, packageRoot } from '../config/index.js';
import {
  EXIT_CONFIG,
  EXIT_OK,
  EXIT_SOFTWARE,
  EXIT_UNAVAILABLE,
  errorCode,
  errorText,
} from '../errors/index.js';
import { createLogger, type Logger } from '../log/index.js';
import type { AppConfig, AppConfigClass } from './app-config.js';
import type { Environment } from './environment.js';
import { MeshError } from './errors.js';
import { Sender } from './sender.js';

/** Environment variable by which `pyros start` hands the origin of a simulated clock to its agents. */
export const CLOCK_ORIGIN_VARIABLE = 'PYROS_CLOCK_ORIGIN';

/** What an application tells the process that started it, over IPC. */
export interface ReadyNotice {
  kind: 'ready';
  agent: string;
}

/** The logger and clock that the configuration asks for. */
export function makeEnvironment(config: Config, name: string): Environment {
  const { logging, observatory, clock, dataDirectory } = config;
  const timepiece = observatoryClock({
    ...clock,
    longitudeDeg: observatory.longitude,
    origin: handedOrigin() ?? clock.origin,
  });
  const log = createLogger({
    agent: name,
    level: logging.level,
    directory: join(dataDirectory, 'log'),
    fileBytes: logging.fileSize,
    fileCount: logging.fileCount,
    now: () => timepiece.now(),
  });
  return { config, log, clock: timepiece };
}

function handedOrigin(): ClockOrigin | undefined {
  const [realMs, simulatedMs] = (process.env[CLOCK_ORIGIN_VARIABLE] ?? '').split(',').map(Number);
  return realMs && simulatedMs ? { realMs, simulatedMs } : undefined;
}

/**
 * Finds the application of an agent: `agents/<name>/` of PyROS, or the module that the INI names.
 * @throws MeshError `UNKNOWN_AGENT`, `APPLICATION_INVALID`
 */
export async function findApplication(config: Config, name: string): Promise<AppConfigClass> {
  const entry = config.agents.get(name);
  if (!entry) {
    const agents = [...config.agents.keys()].join(', ');
    throw new MeshError('UNKNOWN_AGENT', `${config.file} has no section [${name}]; its agents are ${agents}`);
  }
  const path = entry.application ?? join(packageRoot, 'dist', 'agents', name, 'index.js');
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
  const environment = makeEnvironment(config, name);
  const { log } = environment;
  Sender.configure(config, name);
  try {
    const application = new (await findApplication(config, name))(environment);
    const crashed = watchProcess(application, log);
    await application.ready();
    const { agent } = application;
    if (!agent) return EXIT_OK;
    process.send?.({ kind: 'ready', agent: name } satisfies ReadyNotice);
    return await Promise.race([crashed, agent.stopped().then(() => EXIT_OK)]);
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

/** A start that fails the same way each time need not be tried again. */
function startExitCode(error: unknown): number {
  if (error instanceof ConfigError) return EXIT_CONFIG;
  return errorCode(error) === 'AGENT_ALREADY_RUNNING' ? EXIT_UNAVAILABLE : EXIT_SOFTWARE;
}

/** Signals and the loss of the starter stop the agent; what nobody caught ends the process. */
function watchProcess(application: AppConfig, log: Logger): Promise<number> {
  const stop = (reason: string) => {
    log.info(`asked to stop: ${reason}`);
    if (application.agent) void application.agent.stop();
    else process.exit(EXIT_OK);
  };
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('disconnect', () => stop('the process that started this agent has gone'));
  return new Promise((resolve) => {
    const crash = (kind: string) => (error: unknown) => {
      log.error(`${kind}: ${errorText(error)}`, { stack: error instanceof Error ? error.stack : undefined });
      resolve(EXIT_SOFTWARE);
    };
    process.on('uncaughtException', crash('uncaught exception'));
    process.on('unhandledRejection', crash('unhandled rejection'));
  });
}
