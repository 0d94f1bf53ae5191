// pyros ping: how long an agent takes to answer.
import type { Command } from 'commander';
import { EXIT_FAILURE, EXIT_OK, errorText } from '../../src/errors/index.js';
import { Agent, Sender } from '../../src/mesh/index.js';
import { interruption, pause } from '../interruption.js';
import { jsonLine, printable } from '../output.js';
import { type PingSummary, pingSummary } from '../ping-summary.js';
import { configOf, configuredCommand, countFrom, seconds, secondsOrNone } from './common.js';

interface Options {
  config?: string;
  count: number;
  interval: number;
  timeout: number;
  verbose?: boolean;
  json?: boolean;
}

const DEFAULT_COUNT = 10;
const DEFAULT_INTERVAL_S = 0.01;
const DEFAULT_TIMEOUT_S = 1;

export function pingCommand(): Command {
  return configuredCommand('ping')
    .description('Measure how long an agent takes to answer Ping. Exit code 1 when an answer is lost.')
    .argument('<agent>', 'name of the agent, as in the INI file')
    .option('-n, --count <pings>', 'how many, one after the other', countFrom(1), DEFAULT_COUNT)
    .option('--interval <seconds>', 'pause between two', secondsOrNone, DEFAULT_INTERVAL_S)
    .option('--timeout <seconds>', 'an answer that takes longer is lost', seconds, DEFAULT_TIMEOUT_S)
    .option('-v, --verbose', 'a line for each')
    .option('--json', 'print the numbers as JSON')
    .action(async (agent: string, options: Options) => {
      configOf(options);
      const summary = await pingAll(agent, options);
      if (options.json) console.log(jsonLine(summary));
      else printSummary(summary);
      process.exitCode = summary.lost === 0 ? EXIT_OK : EXIT_FAILURE;
    });
}

/** The first one opens the connection, is not measured, and says whether there is an agent at all. */
async function pingAll(agent: string, options: Options): Promise<PingSummary> {
  const { count, interval: intervalS, timeout: timeoutS, json, verbose } = options;
  const timeoutMs = timeoutS * 1000;
  const say = verbose && !json ? console.log : () => undefined;
  await Sender.sendTo(agent, Agent.PING, undefined, { timeoutMs });
  const stop = interruption(() => Sender.close());
  const timesMs: number[] = [];
  let sent = 0;
  for (let number = 1; number <= count && !stop.aborted; number += 1) {
    if (number > 1 && intervalS > 0) await pause(intervalS * 1000, stop);
    const outcome = await pingOnce(agent, timeoutMs);
    if (stop.aborted) break;
    sent += 1;
    if (typeof outcome === 'number') timesMs.push(outcome);
    say(typeof outcome === 'number' ? `${number}: ${milliseconds(outcome)}` : `${number}: lost, ${outcome}`);
  }
  return pingSummary(agent, sent, timesMs);
}

/** @returns the time in ms, or why there is none */
async function pingOnce(agent: string, timeoutMs: number): Promise<number | string> {
  const startMs = performance.now();
  try {
    await Sender.sendTo(agent, Agent.PING, undefined, { timeoutMs });
    return performance.now() - startMs;
  } catch (error) {
    return printable(errorText(error));
  }
}

function printSummary({ agent, sent, lost, minMs, p50Ms, p90Ms, p99Ms, maxMs }: PingSummary): void {
  console.log(`${agent}: ${sent} sent, ${lost} lost`);
  if (minMs === null) return;
  const parts = { min: minMs, p50: p50Ms, p90: p90Ms, p99: p99Ms, max: maxMs };
  console.log(
    Object.entries(parts)
      .map(([name, ms]) => `${name} ${milliseconds(ms ?? 0)}`)
      .join('  '),
  );
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(3)} ms`;
}
