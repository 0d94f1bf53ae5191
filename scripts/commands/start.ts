// pyros start: the agents of this host, each its own process.
import type { Command } from 'commander';
import {
  type AgentEntry,
  type CeleryWorkerEntry,
  type Config,
  missingReceivers,
} from '../../src/config/index.js';
import { EXIT_FAILURE, EXIT_OK } from '../../src/errors/index.js';
import {
  CLOCK_ORIGIN_VARIABLE,
  credentialsOf,
  forgetOrigin,
  isOriginGiven,
  MeshError,
  observatoryOrigin,
  originText,
} from '../../src/mesh/index.js';
import { someAgentAnswers } from '../agent-report.js';
import { CommandFailure } from '../errors.js';
import { printTable } from '../output.js';
import { type AgentProcess, type ProcessPlan, Supervisor } from '../supervisor.js';
import { isThisHost } from '../this-host.js';
import { configOf, configuredCommand } from './common.js';

/** Signals that come within this time are one. */
const ONE_SIGNAL_MS = 500;
/** A task that has not ended by then is given back, and goes on after the next start. */
const TASK_PATIENCE_MS = 2_000;

export function startCommand(): Command {
  return configuredCommand('start')
    .description(
      'Run the agents and Celery workers of this host, restart those that die; Ctrl-C stops all cleanly.',
    )
    .argument('[agents...]', 'only these agents and workers')
    .option('--json', 'print each change of a state as a line of JSON')
    .action(async (names: string[], options: { config?: string; json?: boolean }) => {
      const config = configOf(options);
      // Each agent would say it, and none would run.
      credentialsOf(config);
      const { agents, workers } = choose(config, names);
      if (agents.length + workers.length === 0) {
        const text = `there is no agent to start on this host; see the ip of each in ${config.file}`;
        throw new CommandFailure('USAGE', text);
      }
      for (const { name } of agents)
        for (const warning of missingReceivers(config, name)) console.error(`warning: ${warning}`);
      const plans = [...agents.map(agentPlan), ...workers.map(workerPlan)];
      process.exitCode = await supervise(config, plans, options.json ?? false);
    });
}

async function supervise(config: Config, plans: ProcessPlan[], json: boolean): Promise<number> {
  const supervisor = new Supervisor(config.file, plans, await originOf(config));
  supervisor.onChange = (agent) => (json ? printChange(agent) : tellChange(agent));
  supervisor.onAllReady = () => json || printStates(supervisor.agents);
  let firstMs = 0;
  const stop = () => {
    // A second Ctrl-C does not wait; starters such as timeout(1) say each signal twice.
    if (!supervisor.stopping) {
      firstMs = performance.now();
      supervisor.stop();
    } else if (performance.now() - firstMs > ONE_SIGNAL_MS) supervisor.kill();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // A terminal that is closed says SIGHUP; without one it is somebody who has renewed the certificates.
  const { secretFile, tlsCert } = config.security;
  const canRenew = !process.stdin.isTTY && (secretFile ?? tlsCert) !== undefined;
  process.on('SIGHUP', () => (canRenew ? supervisor.hangUp() : stop()));
  process.on('disconnect', () => supervisor.stop());
  // It may have gone before anybody listened.
  if (process.connected === false) return EXIT_OK;
  await supervisor.run();
  if (!json) printStates(supervisor.agents);
  if (supervisor.allWereRunning) console.error('pyros: this observatory is already running');
  return supervisor.agents.every((agent) => agent.state === 'STOPPED') ? EXIT_OK : EXIT_FAILURE;
}

/** The same origin for all agents, also for those that are started later: a new night, unless one is under way. */
async function originOf(config: Config): Promise<Record<string, string>> {
  if (config.clock.mode === 'system') return {};
  if (!isOriginGiven(config) && !(await someAgentAnswers(config))) forgetOrigin(config);
  return { [CLOCK_ORIGIN_VARIABLE]: originText(observatoryOrigin(config)) };
}

function agentPlan({ name, ip, receivePort }: AgentEntry): ProcessPlan {
  return { name, address: `${ip}:${receivePort}`, words: ['agent', name] };
}

function workerPlan({ name, options }: CeleryWorkerEntry): ProcessPlan {
  return {
    name,
    address: 'worker',
    words: ['celery', 'worker', ...options],
    hurryMs: TASK_PATIENCE_MS,
  };
}

/** @throws MeshError `UNKNOWN_AGENT` when a name is no agent's and no worker's */
function choose(config: Config, names: string[]): { agents: AgentEntry[]; workers: CeleryWorkerEntry[] } {
  const all = [...config.agents.values()];
  const allWorkers = config.celery?.workers ?? [];
  const known = new Set([...all, ...allWorkers].map(({ name }) => name));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    const text = `${config.file} has no agent ${unknown.join(', ')}; its agents and workers are ${[...known].join(', ')}`;
    throw new MeshError('UNKNOWN_AGENT', text);
  }
  const isWanted = ({ name }: { name: string }) => names.length === 0 || names.includes(name);
  const broker = config.agents.get('task_broker')?.ip;
  const hostOf = (worker: CeleryWorkerEntry) => worker.ip ?? broker ?? '127.0.0.1';
  const agents = all.filter(isWanted);
  const workers = allWorkers.filter(isWanted);
  const elsewhere = [
    ...agents.map(({ name, ip }) => ({ name, ip })),
    ...workers.map((worker) => ({ name: worker.name, ip: hostOf(worker) })),
  ].filter(({ ip }) => !isThisHost(ip));
  if (elsewhere.length > 0)
    console.error(`not on this host: ${elsewhere.map(({ name, ip }) => `${name} (${ip})`).join(', ')}`);
  return {
    agents: agents.filter(({ ip }) => isThisHost(ip)),
    workers: workers.filter((worker) => isThisHost(hostOf(worker))),
  };
}

function tellChange({ name, state, detail }: AgentProcess): void {
  if (detail) console.log(`${name}: ${state}, ${detail}`);
}

function printChange({ name, state, pid, restarts, detail }: AgentProcess): void {
  console.log(JSON.stringify({ agent: name, state, pid, restarts, detail }));
}

function printStates(agents: readonly AgentProcess[]): void {
  const rows = agents.map(({ name, state, pid, address, restarts, detail }) => [
    name,
    state,
    pid,
    address,
    restarts,
    detail,
  ]);
  printTable(['AGENT', 'STATE', 'PID', 'ADDRESS', 'RESTARTS', 'DETAIL'], rows);
}
