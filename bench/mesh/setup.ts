// The processes of the benchmark: agents on free ports, and the bare server.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig, packageRoot } from '../../src/config/index.js';
import { freePorts } from '../../src/socket/index.js';

const HERE = join(packageRoot, 'dist', 'bench', 'mesh');

/** Agents of the benchmark, each started and killed at will. */
export class Agents {
  #children = new Map<string, ChildProcess>();

  private constructor(
    readonly directory: string,
    readonly config: Config,
  ) {}

  static async prepare(): Promise<Agents> {
    const directory = await mkdtemp(join(tmpdir(), 'pyros-bench-mesh-'));
    const [receiver, poster] = await freePorts(2);
    const file = join(directory, 'pyros_agent_config.ini');
    writeFileSync(
      file,
      `[observatory]\nname = Bench\nlatitude = 31\nlongitude = -115\naltitude = 2800
[clock]\nmode = system\n[logging]\nlevel = error\n[data]\ndirectory = data
[receiver]\nip = 127.0.0.1\nreceive_port = ${receiver}\napplication = ${join(HERE, 'receiver.js')}
[poster]\nip = 127.0.0.1\nreceive_port = ${poster}\napplication = ${join(HERE, 'poster.js')}\n`,
    );
    return new Agents(directory, loadConfig(file));
  }

  /** Starts an agent, and waits until it is ready. @returns the child */
  async start(name: string): Promise<ChildProcess> {
    const child = this.launch(name);
    await once(child, 'message');
    return child;
  }

  launch(name: string): ChildProcess {
    const main = join(packageRoot, 'dist', 'scripts', 'main.js');
    const child = fork(main, ['agent', name, '--config', this.config.file], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#children.set(name, child);
    return child;
  }

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

/** The bare server: its ports, and how to end it. */
export async function bareServer(): Promise<{ echoPort: number; countedPort: number; end: () => void }> {
  const child = fork(join(HERE, 'bare.js'), ['serve'], { execArgv: [] });
  const [[echoPort, countedPort]] = (await once(child, 'message')) as [[number, number]];
  return { echoPort, countedPort, end: () => child.kill('SIGKILL') };
}

/** Keeps `inFlight` calls going for a time. @returns calls per second */
export async function rate(
  inFlight: number,
  durationMs: number,
  call: () => Promise<unknown>,
): Promise<number> {
  const begun = performance.now();
  let done = 0;
  let going = true;
  setTimeout(() => {
    going = false;
  }, durationMs);
  const worker = async () => {
    while (going) {
      await call();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (done / (performance.now() - begun)) * 1000;
}

/** Times of calls one after the other, in µs. */
export async function loneTimes(count: number, call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const begun = performance.now();
    await call();
    times.push((performance.now() - begun) * 1000);
  }
  return times;
}

/** Waits for a condition, asked for every 10 ms. @throws Error after `limitMs` */
export async function until(limitMs: number, condition: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not after ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
