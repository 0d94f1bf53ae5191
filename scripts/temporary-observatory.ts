// A whole observatory on free ports with its data in a temporary folder: for the demonstration, benchmarks and tests.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClockOrigin, clockOrigin } from '../src/clock/index.js';
import { CONFIG_FILE_NAME, type Config, loadConfig, packageRoot } from '../src/config/index.js';
import { CLOCK_ORIGIN_VARIABLE, SenderPool } from '../src/mesh/index.js';
import { LIST_SEQUENCES } from '../src/observatory/index.js';
import { freePorts } from '../src/socket/index.js';
import { type AgentReport, askAll } from './commands/status.js';

/** What differs from the INI file that comes with PyROS. */
export interface TemporaryOptions {
  /** Beginning of the folder's name. */
  name: string;
  /** The INI file that it is like, relative to the package. @defaultValue the one that comes with PyROS */
  like?: string;
  /** Values to set, as `section.key`. */
  values?: Record<string, string>;
}

/** A sequence as the majordome tells it. */
export interface SequenceSummary {
  sequence: string;
  name: string;
  ivorn?: string;
  state: string;
  times: { alertMs?: number; slewMs?: number; onTargetMs?: number; endMs?: number };
  images: { path: string; storedMs: number; detector?: string }[];
  reason?: string;
}

const POLL_MS = 20;
const STOP_PATIENCE_MS = 30_000;

export class TemporaryObservatory {
  readonly origin: ClockOrigin;
  readonly #pool: SenderPool;

  private constructor(
    readonly directory: string,
    readonly config: Config,
    private readonly child: ChildProcess,
    origin: ClockOrigin,
  ) {
    this.origin = origin;
    this.#pool = new SenderPool(config);
  }

  /** Writes the INI file and starts `pyros start`. The agents' console lines go to `console.log` of the folder. */
  static async start({
    name,
    like = CONFIG_FILE_NAME,
    values = {},
  }: TemporaryOptions): Promise<TemporaryObservatory> {
    const directory = await mkdtemp(join(tmpdir(), `pyros-${name}-`));
    const file = join(directory, 'pyros_agent_config.ini');
    writeFileSync(file, await onFreePorts(readFileSync(join(packageRoot, like), 'utf8'), values));
    const config = loadConfig(file);
    const origin = clockOrigin({ ...config.clock, longitudeDeg: config.observatory.longitude });
    const output = openSync(join(directory, 'console.log'), 'a');
    const child = fork(join(packageRoot, 'dist', 'scripts', 'main.js'), ['start', '--config', file], {
      env: { ...process.env, [CLOCK_ORIGIN_VARIABLE]: `${origin.realMs},${origin.simulatedMs}` },
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', output, output, 'ipc'],
    });
    return new TemporaryObservatory(directory, config, child, origin);
  }

  /** The observatory's time, in ms UTC. */
  now(): number {
    const { realMs, simulatedMs } = this.origin;
    return simulatedMs + (Date.now() - realMs) * this.config.clock.rate;
  }

  /** Port at which authors send VOEvents. */
  get vtpPort(): number {
    return this.config.settings('voevent_broker').vtpPort;
  }

  /** What `pyros start` and the agents have said. */
  console(): string {
    return readFileSync(join(this.directory, 'console.log'), 'utf8');
  }

  request(agent: string, message: string, data?: unknown): Promise<unknown> {
    return this.#pool.request(agent, message, data, { timeoutMs: 5_000 });
  }

  /** All agents, as `pyros status` sees them. */
  status(): Promise<AgentReport[]> {
    return askAll(this.config, this.#pool);
  }

  /** Resolves when all agents are ready; a dome that opens for the night is busy with that. @throws Error after `timeoutMs`, or when `pyros start` has ended */
  async ready(timeoutMs = 20_000): Promise<void> {
    await this.until(timeoutMs, 'all agents are ready', async () => {
      const reports = await this.status();
      return reports.every(({ status }) => /^(READY|BUSY)$/.test(String(status?.['state']))) || undefined;
    });
  }

  /** The majordome's sequences, newest first; none while it does not answer. */
  async sequences(): Promise<SequenceSummary[]> {
    const reply = await this.request('majordome', LIST_SEQUENCES.text).catch(() => ({ sequences: [] }));
    return (reply as { sequences: SequenceSummary[] }).sequences;
  }

  /** Asks again and again until `probe` gives something. @throws Error after `timeoutMs` */
  async until<T>(timeoutMs: number, what: string, probe: () => Promise<T | undefined>): Promise<T> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const found = await probe();
      if (found !== undefined) return found;
      if (this.child.exitCode !== null)
        throw new Error(`pyros start has ended with code ${this.child.exitCode}`);
      if (performance.now() > endMs) throw new Error(`after ${timeoutMs / 1000} s not yet: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Stops everything. @returns the exit code of `pyros start` */
  async stop(): Promise<number | null> {
    this.#pool.close();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await exit;
    clearTimeout(timer);
    return this.child.exitCode;
  }
}

/** Sets values in the text of an INI file, and gives every agent a free port. */
async function onFreePorts(text: string, values: Record<string, string>): Promise<string> {
  const ports = await freePorts((text.match(/^(receive_port|vtp_port) *=/gm) ?? []).length);
  let left: Record<string, string> = { ...values, 'data.directory': 'data' };
  let section = '';
  const lines: string[] = [];
  const closeSection = () => {
    const mine = Object.entries(left).filter(([place]) => place.slice(0, place.lastIndexOf('.')) === section);
    for (const [place, value] of mine) lines.push(`${place.slice(place.lastIndexOf('.') + 1)} = ${value}`);
    left = Object.fromEntries(
      Object.entries(left).filter((entry) => !mine.some(([place]) => place === entry[0])),
    );
  };
  for (const line of text.split('\n')) {
    const header = /^\[(.+)\]/.exec(line)?.[1];
    const key = /^(\w+) *=/.exec(line)?.[1];
    if (header !== undefined) {
      closeSection();
      section = header;
    }
    if (key === 'receive_port' || key === 'vtp_port') lines.push(`${key} = ${ports.pop()}`);
    else if (key === undefined || !(`${section}.${key}` in left)) lines.push(line);
  }
  closeSection();
  // Sections that the file does not have yet.
  while (Object.keys(left).length > 0) {
    const [place = ''] = Object.keys(left);
    section = place.slice(0, place.lastIndexOf('.'));
    lines.push(`[${section}]`);
    closeSection();
  }
  return [...lines, ''].join('\n');
}
