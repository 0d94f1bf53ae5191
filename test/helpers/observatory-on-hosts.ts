// An observatory on several hosts: the same INI file and a data directory on each, and a `pyros start` each.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/index.js';
import type { Host, Outcome } from './hosts.js';

const MAIN = join(packageRoot, 'dist', 'scripts', 'main.js');
const POLL_MS = 50;

export class ObservatoryOnHosts {
  readonly #children = new Map<Host, ChildProcess>();

  /**
   * @param directory - gets a folder for each host
   * @param ini - text of the one INI file
   */
  constructor(
    readonly directory: string,
    readonly hosts: readonly Host[],
    ini: string,
  ) {
    const original = join(directory, 'pyros_agent_config.ini');
    writeFileSync(original, ini);
    for (const host of hosts) {
      mkdirSync(this.folder(host));
      copyFileSync(original, this.#file(host));
    }
  }

  /** What this host has on its disk. */
  folder(host: Host): string {
    return join(this.directory, host.name);
  }

  /** Runs `pyros start` on each host; resolves when `count` agents run. */
  async start(count: number): Promise<void> {
    for (const host of this.hosts) {
      const output = openSync(this.#console(host), 'a');
      const args = [MAIN, 'start', '--json', '--config', this.#file(host)];
      this.#children.set(host, host.spawn(process.execPath, args, ['ignore', output, output, 'ipc']));
    }
    await this.until(30_000, `${count} agents run`, () => {
      const running = this.hosts.flatMap((host) => this.running(host));
      return running.length === count || undefined;
    });
  }

  /** Agents that `pyros start` of this host has seen running. */
  running(host: Host): string[] {
    const lines = readFileSync(this.#console(host), 'utf8').matchAll(
      /^\{"agent":"(\w+)","state":"RUNNING"/gm,
    );
    return [...lines].map((match) => match[1] ?? '').sort();
  }

  /** Runs a `pyros` command on a host. */
  pyros(host: Host, ...args: string[]): Promise<Outcome> {
    return host.run(process.execPath, [MAIN, ...args, '--config', this.#file(host)]);
  }

  /** The reply of an agent, asked on a host. */
  async request(host: Host, agent: string, message: string, data?: unknown): Promise<unknown> {
    const payload = data === undefined ? [] : [JSON.stringify(data)];
    const { code, stdout, stderr } = await this.pyros(host, 'request', agent, message, ...payload);
    if (code !== 0) throw new Error(`${agent} did not answer on host ${host.name}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** Asks again and again until `probe` gives something. @throws Error after `timeoutMs` */
  async until<T>(
    timeoutMs: number,
    what: string,
    probe: () => Promise<T | undefined> | T | undefined,
  ): Promise<T> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const found = await probe();
      if (found !== undefined) return found;
      if (performance.now() > endMs)
        throw new Error(`after ${timeoutMs / 1000} s not yet: ${what}\n${this.#consoles()}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Stops the agents of all hosts. @returns the exit code of each `pyros start` */
  stop(): Promise<(number | null)[]> {
    return Promise.all([...this.#children.values()].map((child) => ended(child)));
  }

  #file(host: Host): string {
    return join(this.folder(host), 'pyros_agent_config.ini');
  }

  #console(host: Host): string {
    return join(this.folder(host), 'console.log');
  }

  #consoles(): string {
    return this.hosts
      .map((host) => `-- host ${host.name}:\n${readFileSync(this.#console(host), 'utf8')}`)
      .join('');
  }
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
  return child.exitCode;
}
