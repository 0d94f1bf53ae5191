// pyros status: all agents, one line each, once or again and again.
import type { Command } from 'commander';
import type { Config } from '../../src/config/index.js';
import { EXIT_FAILURE, EXIT_OK } from '../../src/errors/index.js';
import { Sender } from '../../src/mesh/index.js';
import { type AgentReport, askAll } from '../agent-report.js';
import { interruption, pause } from '../interruption.js';
import { jsonLine, printJson, writeOutput } from '../output.js';
import { statusLines } from '../status-table.js';
import { configOf, configuredCommand, countFrom, seconds } from './common.js';

export { type AgentReport, askAll };

const DEFAULT_INTERVAL_S = 2;
/** Top left; what is drawn there wipes what it replaces, so that nothing flickers. */
const HOME = '\x1b[H';
const WIPE_SCREEN = '\x1b[2J';
const WIPE_LINE = '\x1b[K';
const WIPE_BELOW = '\x1b[J';

interface Options {
  config?: string;
  json?: boolean;
  watch?: number | true;
  count?: number;
}

export function statusCommand(): Command {
  return configuredCommand('status')
    .description('Ask every agent of the INI file how it is. Exit code 1 when one does not answer.')
    .option(
      '--watch [seconds]',
      `again every so often (default: ${DEFAULT_INTERVAL_S}), until Ctrl-C`,
      seconds,
    )
    .option('-n, --count <rounds>', 'watch for so many rounds only', countFrom(1))
    .option('--json', 'print everything the agents say, as JSON; with --watch on one line per round')
    .action(async (options: Options) => {
      const config = configOf(options);
      if (options.watch !== undefined || options.count !== undefined) await watch(config, options);
      else await once(config, options.json ?? false);
    });
}

async function once(config: Config, json: boolean): Promise<void> {
  const reports = await askAll(config);
  if (json) printJson(reports);
  else for (const line of statusLines(reports)) console.log(line);
  process.exitCode = exitCode(reports);
}

/** One round after the other; Ctrl-C is the usual end, and no failure. */
async function watch(config: Config, { json = false, watch, count = Infinity }: Options): Promise<void> {
  const intervalMs = (typeof watch === 'number' ? watch : DEFAULT_INTERVAL_S) * 1000;
  const stop = interruption(() => Sender.close());
  process.exitCode = EXIT_OK;
  for (let round = 1; !stop.aborted; round += 1) {
    const dueMs = performance.now() + intervalMs;
    const reports = await askAll(config);
    if (stop.aborted) return;
    await writeOutput(json ? `${jsonLine(reports)}\n` : screen(reports, round));
    if (round >= count) {
      process.exitCode = exitCode(reports);
      return;
    }
    await pause(Math.max(0, dueMs - performance.now()), stop);
  }
}

/** One round: drawn over the last one on a terminal, a block of its own elsewhere. */
function screen(reports: AgentReport[], round: number): string {
  const { isTTY, columns } = process.stdout;
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  if (!isTTY) return `${[time, ...statusLines(reports), ''].join('\n')}\n`;
  const lines = [`${time}  Ctrl-C ends`, ...statusLines(reports, columns)];
  return `${round === 1 ? WIPE_SCREEN : ''}${HOME}${lines.map((line) => `${line}${WIPE_LINE}\n`).join('')}${WIPE_BELOW}`;
}

function exitCode(reports: AgentReport[]): number {
  return reports.every((report) => report.up) ? EXIT_OK : EXIT_FAILURE;
}
