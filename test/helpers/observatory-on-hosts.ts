// An observatory on several hosts: the same INI file and a data directory on each, and a `pyros start` each.
import type { ChildProcess } from 'node:child_process';
import { on, once } from 'node:events';
import { copyFileSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/index.js';
import type { Host, Outcome } from './hosts.js';
import type { Answer, Question } from './requests-on-host.js';

const MAIN = join(packageRoot, 'dist', 'scripts', 'main.js');
const ASKER = join(packageRoot, 'dist', 'test', 'helpers', 'requests-on-host.js');
/** Longer than whoever asks takes to start, and than it waits itself. */
const ANSWER_PATIENCE_MS = 20_000;
const POLL_MS = 50;

export class ObservatoryOnHosts {
  readonly #children = new Map<Host, ChildProcess>();
  readonly #askers = new Map<Host, ChildProcess>();
  #lastId = 0;

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

  /** The reply of an agent, asked on a host. @throws Error when there is none */
  async request(host: Host, agent: string, message: string): Promise<unknown> {
    const asker = this.#askers.get(host) ?? this.#startAsker(host);
    this.#lastId += 1;
    const id = this.#lastId;
    asker.send({ id, agent, message } satisfies Question);
    const answers = on(asker, 'message', { signal: AbortSignal.timeout(ANSWER_PATIENCE_MS) });
    for await (const [answer] of answers as AsyncIterable<[Answer]>) {
      if (answer.id !== id) continue;
      if (answer.error === undefined) return answer.reply;
      throw new Error(`${agent} did not answer on host ${host.name}: ${answer.error}`);
    }
    throw new Error(`host ${host.name} cannot be asked any more`);
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
      const isOver = [...this.#children.values()].some(({ exitCode }) => exitCode !== null);
      if (isOver || performance.now() > endMs) {
        const when = isOver ? 'a pyros start has ended, and' : `after ${timeoutMs / 1000} s`;
        throw new Error(`${when} not yet: ${what}\n${this.#consoles()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Stops the agents of all hosts. @returns the exit code of each `pyros start` */
  stop(): Promise<(number | null)[]> {
    for (const asker of this.#askers.values()) asker.disconnect();
    this.#askers.clear();
    return Promise.all([...this.#children.values()].map((child) => ended(child)));
  }

  #startAsker(host: Host): ChildProcess {
    const args = [ASKER, this.#file(host)];
    const asker = host.spawn(process.execPath, args, ['ignore', 'inherit', 'inherit', 'ipc']);
    this.#askers.set(host, asker);
    return asker;
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
