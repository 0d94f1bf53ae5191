// Agents as processes of their own, on free ports: each is started and killed at will.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig, packageRoot } from '../../src/config/index.js';
import { freePorts } from '../../src/socket/index.js';

const HELPERS = join(packageRoot, 'dist', 'test', 'helpers');

/** Agents that post and receive numbers, by name: their applications. */
export const POSTING = {
  receiver: join(HELPERS, 'posting', 'receiver.js'),
  poster: join(HELPERS, 'posting', 'poster.js'),
};

export class AgentProcesses {
  #children = new Map<string, ChildProcess>();

  private constructor(
    readonly directory: string,
    readonly config: Config,
  ) {}

  /**
   * Writes an INI file into a temporary folder.
   * @param applications - paths of modules, by the names of agents
   * @param mesh - lines for `[mesh]`
   */
  static async prepare(
    applications: Readonly<Record<string, string>> = POSTING,
    mesh: readonly string[] = [],
  ): Promise<AgentProcesses> {
    const directory = await mkdtemp(join(tmpdir(), 'pyros-agents-'));
    const agents = Object.entries(applications);
    const ports = await freePorts(agents.length);
    const sections = agents.map(([name, path], index) => {
      return `[${name}]\nip = 127.0.0.1\nreceive_port = ${ports[index]}\napplication = ${path}`;
    });
    const file = join(directory, 'pyros_agent_config.ini');
    writeFileSync(
      file,
      `[observatory]\nname = Test\nlatitude = 31\nlongitude = -115\naltitude = 2800
[clock]\nmode = system\n[logging]\nlevel = warn\n[data]\ndirectory = data
[mesh]\n${mesh.join('\n')}\n${sections.join('\n')}\n`,
    );
    return new AgentProcesses(directory, loadConfig(file));
  }

  /** Starts an agent, and waits until it is ready. @returns the child */
  async start(name: string): Promise<ChildProcess> {
    const child = this.launch(name);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${name} has ended with ${code}:\n${this.log(name)}`);
    });
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return child;
  }

  launch(name: string): ChildProcess {
    const main = join(packageRoot, 'dist', 'scripts', 'main.js');
    const child = fork(main, ['agent', name, '--config', this.config.file], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#children.set(name, child);
    return child;
  }

  port(name: string): number {
    return this.config.agents.get(name)?.receivePort ?? 0;
  }

  /** What an agent has logged. */
  log(name: string): string {
    return readFileSync(join(this.config.dataDirectory, 'log', `${name}.log`), 'utf8');
  }

  /** Memory of an agent's process that is in use now. */
  residentMiB(name: string): number {
    const status = readFileSync(`/proc/${this.#children.get(name)?.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  /** The most memory that an agent's process ever used. */
  highestMiB(name: string): number {
    const status = readFileSync(`/proc/${this.#children.get(name)?.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  /** `kill -9`. */
  async kill(name: string): Promise<void> {
    const child = this.#children.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  async end(): Promise<void> {
    for (const name of this.#children.keys()) await this.kill(name);
    await rm(this.directory, { recursive: true, force: true });
  }
}
