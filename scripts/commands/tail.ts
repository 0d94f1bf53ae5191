// pyros tail: an agent's log as it is written.
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Config } from '../../src/config/index.js';
import { errorCode } from '../../src/errors/index.js';
import { wantsColour } from '../../src/log/index.js';
import { agentEntry } from '../../src/mesh/index.js';
import { CommandFailure } from '../errors.js';
import { interruption, pause } from '../interruption.js';
import { LogFollower } from '../log-follower.js';
import { LOG_LEVELS, type LogView, shownLine } from '../log-view.js';
import { writeOutput } from '../output.js';
import { OutputReader } from '../output-reader.js';
import { isThisHost } from '../this-host.js';
import { configOf, configuredCommand, countFrom } from './common.js';

interface Options extends Pick<LogView, 'level'> {
  config?: string;
  lines: number;
  json?: boolean;
  follow: boolean;
}

const DEFAULT_LINES = 10;
/** How often a file that is at its end is looked at. */
const LOOK_EVERY_MS = 100;

export function tailCommand(): Command {
  return configuredCommand('tail')
    .description("Show the last lines of an agent's log, and go on as it is written, until Ctrl-C.")
    .argument('<agent>', 'name of the agent, as in the INI file')
    .option('-n, --lines <count>', 'how many of the last lines', countFrom(0), DEFAULT_LINES)
    .addOption(new Option('--level <level>', 'only lines at least so important').choices(LOG_LEVELS))
    .option('--json', 'lines as JSON, as they are in the file')
    .option('--no-follow', 'end after the last line')
    .action(async (agent: string, { lines, follow, json = false, level, config }: Options) => {
      const follower = new LogFollower(logDirectory(configOf({ ...(config && { config }) }), agent), agent);
      const view = { json, colour: wantsColour(process.stdout), ...(level && { level }) };
      try {
        await showLast(follower, lines, view, follow);
        if (follow) await showNew(follower, view);
      } catch (error) {
        throw readable(error, follower.path);
      } finally {
        await follower.close();
      }
    });
}

/** @throws MeshError `UNKNOWN_AGENT`, CommandFailure `LOG_ELSEWHERE` */
function logDirectory(config: Config, agent: string): string {
  const entry = agentEntry(config, agent);
  if (isThisHost(entry.ip)) return join(config.dataDirectory, 'log');
  const there = `ssh -t ${entry.ip} pyros tail ${agent}`;
  const text = `${agent} runs on ${entry.ip}, and its log is there; try: ${there}`;
  throw new CommandFailure('LOG_ELSEWHERE', text);
}

/** The system's word does not say what to do. */
function readable(error: unknown, path: string): unknown {
  if (errorCode(error) !== 'EACCES') return error;
  const text = `cannot read ${path}: permission denied; run this as the user who runs the agents, for example sudo -u pyros`;
  return new CommandFailure('NO_INPUT', text, error);
}

/** What is in the file now. @throws CommandFailure `NO_LOG` when there is none and none is waited for */
async function showLast(follower: LogFollower, count: number, view: LogView, follow: boolean): Promise<void> {
  let last: string[] = [];
  const keep = (lines: string[]) => {
    last.push(...lines.map((line) => shownLine(line, view)).filter((line) => line !== undefined));
    // Trimmed now and then only, so that a large count costs nothing.
    if (last.length > 2 * count) last = last.slice(last.length - count);
  };
  let lines = await follower.next();
  if (!lines && !follow) throw new CommandFailure('NO_LOG', `there is no log yet: ${follower.path}`);
  if (!lines) console.error(`waiting for ${follower.path}`);
  for (; lines; lines = await follower.next()) keep(lines);
  if (!follow) keep(follower.rest());
  await writeOutput(text(count === 0 ? [] : last.slice(-count)));
}

async function showNew(follower: LogFollower, view: LogView): Promise<void> {
  const reader = new OutputReader();
  const stop = AbortSignal.any([interruption(), reader.gone]);
  try {
    while (!stop.aborted) {
      const lines = await follower.next();
      if (!lines) await pause(LOOK_EVERY_MS, stop);
      else await writeOutput(text(lines.map((line) => shownLine(line, view))));
    }
  } finally {
    reader.close();
  }
}

function text(lines: readonly (string | undefined)[]): string {
  return lines.map((line) => (line === undefined ? '' : `${line}\n`)).join('');
}
