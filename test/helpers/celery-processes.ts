// A task broker and workers as processes of their own, on free ports: each is started and killed at will.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Celery } from '../../src/celery/index.js';
import { type Config, loadConfig, packageRoot } from '../../src/config/index.js';
import { freePorts } from '../../src/socket/index.js';

const MAIN = join(packageRoot, 'dist', 'scripts', 'main.js');
/** Tasks of the tests. */
export const TASKS = join(packageRoot, 'dist', 'test', 'helpers', 'celery-tasks.js');

/** Lines of the INI file besides the usual. */
export interface CeleryLines {
  celery?: readonly string[];
  broker?: readonly string[];
  routes?: readonly string[];
  beat?: readonly string[];
  mesh?: readonly string[];
}

export class CeleryProcesses {
  #children = new Map<string, ChildProcess>();
  #apps: Celery[] = [];

  private constructor(
    readonly directory: string,
    readonly config: Config,
  ) {}

  static async prepare(lines: CeleryLines = {}): Promise<CeleryProcesses> {
    const directory = await mkdtemp(join(tmpdir(), 'pyros-celery-'));
    const [port] = await freePorts(1);
    const file = join(directory, 'pyros_agent_config.ini');
    const { celery = [], broker = [], routes = [], beat = [], mesh = [] } = lines;
    writeFileSync(
      file,
      `[observatory]\nname = Test\nlatitude = 31\nlongitude = -115\naltitude = 2800
[clock]\nmode = system\n[logging]\nlevel = warn\n[data]\ndirectory = data\n[mesh]\n${mesh.join('\n')}
[task_broker]\nip = 127.0.0.1\nreceive_port = ${port}\n${broker.join('\n')}
[celery]\nimports = ${TASKS}\n${celery.join('\n')}\n[celery.routes]\n${routes.join('\n')}\n[celery.beat]\n${beat.join('\n')}\n`,
    );
    return new CeleryProcesses(directory, loadConfig(file));
  }

  /** As {@link CeleryProcesses.prepare}, with the broker and perhaps a worker running. */
  static async start(lines: CeleryLines = {}, ...worker: string[]): Promise<CeleryProcesses> {
    const processes = await CeleryProcesses.prepare(lines);
    await processes.startBroker();
    if (worker.length > 0) await processes.startWorker('worker', ...worker);
    return processes;
  }

  /** A caller. */
  app(): Celery {
    const app = new Celery('test', { config: this.config });
    this.#apps.push(app);
    return app;
  }

  /** @param fileBlocks - no file may grow beyond so many blocks of 512 bytes, as if the disk were full */
  startBroker(fileBlocks?: number): Promise<ChildProcess> {
    return this.#start('task_broker', ['agent', 'task_broker'], fileBlocks);
  }

  /** The disk has room again. */
  static freeDisk({ pid }: ChildProcess): void {
    execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited']);
  }

  /** Starts a worker `<name>@test`, and waits until it is ready. */
  startWorker(name: string, ...options: string[]): Promise<ChildProcess> {
    return this.#start(name, ['celery', 'worker', '-A', 'pyros', '-n', `${name}@test`, ...options]);
  }

  process(name: string): ChildProcess {
    const child = this.#children.get(name);
    if (!child) throw new Error(`${name} was never started`);
    return child;
  }

  /** `kill -9`. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#children.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  /** What a process has logged. */
  log(name: string): string {
    return readFileSync(join(this.config.dataDirectory, 'log', `${name}.log`), 'utf8');
  }

  /** Memory of a process that is in use now. */
  static residentMiB(pid: number): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  }

  /** Processes whose parent is this one. */
  static childrenOf(pid: number): number[] {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  }

  async end(): Promise<void> {
    for (const app of this.#apps) app.close();
    for (const name of this.#children.keys()) await this.kill(name);
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  async #start(name: string, args: string[], fileBlocks?: number): Promise<ChildProcess> {
    const limit = fileBlocks === undefined ? '' : `ulimit -S -f ${fileBlocks}; `;
    const command = [
      '-c',
      `${limit}exec "$@"`,
      'sh',
      process.execPath,
      MAIN,
      ...args,
      '--config',
      this.config.file,
    ];
    const child = spawn('sh', command, {
      stdio: ['ignore', 'ignore', process.env['CELERY_TEST_OUTPUT'] ? 'inherit' : 'ignore', 'ipc'],
    });
    this.#children.set(name, child);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${name} has ended with ${code}`);
    });
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return child;
  }
}
