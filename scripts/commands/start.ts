// pyros start: the agents of this host, each its own process.
import type { Command } from 'commander';
import { clockOrigin } from '../../src/clock/index.js';
import type { AgentEntry, Config } from '../../src/config/index.js';
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE } from '../../src/errors/index.js';
import { CLOCK_ORIGIN_VARIABLE } from '../../src/mesh/index.js';
import { printTable } from '../output.js';
import { type AgentProcess, Supervisor } from '../supervisor.js';
import { isThisHost } from '../this-host.js';
import { configOf, configuredCommand } from './common.js';

export function startCommand(): Command {
  return configuredCommand('start')
    .description("Run the agents whose ip is this host's, restart those that die; Ctrl-C stops all cleanly.")
    .argument('[agents...]', 'only these agents')
    .option('--json', 'print each change of a state as a line of JSON')
    .action(async (names: string[], options: { config?: string; json?: boolean }) => {
      const config = configOf(options);
      const agents = chooseAgents(config, names);
      if (agents.length === 0) {
        console.error(noAgents(config, names));
        process.exitCode = EXIT_USAGE;
        return;
      }
      process.exitCode = await supervise(config, agents, options.json ?? false);
    });
}

async function supervise(config: Config, agents: AgentEntry[], json: boolean): Promise<number> {
  const supervisor = new Supervisor(config.file, agents, { [CLOCK_ORIGIN_VARIABLE]: originOf(config) });
  supervisor.onChange = (agent) => (json ? printChange(agent) : tellChange(agent));
  supervisor.onAllReady = () => json || printStates(supervisor.agents);
  const stop = () => {
    // A second Ctrl-C does not wait.
    if (supervisor.stopping) supervisor.kill();
    else supervisor.stop();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  process.on('disconnect', () => supervisor.stop());
  await supervisor.run();
  if (!json) printStates(supervisor.agents);
  return supervisor.agents.every((agent) => agent.state === 'STOPPED') ? EXIT_OK : EXIT_FAILURE;
}

/** The same origin for all agents, and for those that are restarted later. */
function originOf(config: Config): string {
  const handed = process.env[CLOCK_ORIGIN_VARIABLE];
  if (handed) return handed;
  const { realMs, simulatedMs } = clockOrigin({
    ...config.clock,
    longitudeDeg: config.observatory.longitude,
  });
  return `${realMs},${simulatedMs}`;
}

function chooseAgents(config: Config, names: string[]): AgentEntry[] {
  const mine = [...config.agents.values()].filter(({ ip }) => isThisHost(ip));
  return names.length === 0 ? mine : mine.filter(({ name }) => names.includes(name));
}

function noAgents(config: Config, names: string[]): string {
  const known = [...config.agents.values()].map(({ name, ip }) => `${name} (${ip})`).join(', ');
  return `pyros: none of ${names.join(', ') || 'the agents'} has an ip of this host; ${config.file} has ${known}`;
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
