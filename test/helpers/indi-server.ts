// An INDI server with Debian's simulators, in a home of its own, that ends with whoever started it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../src/socket/index.js';
import { until } from './until.js';

/** Names of simulators: `indi_simulator_NAME`. */
export type Simulator = 'telescope' | 'ccd' | 'guide' | 'focus' | 'wheel' | 'dome' | 'weather';

/** A test that needs the simulators is skipped without them; in CI it fails. */
export const skip =
  spawnSync('indiserver', ['-h'], { stdio: 'ignore' }).error !== undefined &&
  !process.env['CI'] &&
  'indiserver is not installed (Debian: indi-bin)';

const START_MS = 30_000;

/** A star for the simulated camera. */
export interface SimulatedStar {
  raDeg: number;
  decDeg: number;
  magnitude: number;
}

/** Sets a property as another client: `Device.PROPERTY.ELEMENT=value`; `-s` is a switch, `-n` a number. */
export async function setProperty(port: number, kind: '-s' | '-n', assignment: string): Promise<void> {
  const child = spawn('indi_setprop', ['-p', String(port), kind, assignment], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`indi_setprop ${assignment} ended with ${code}`);
}

/** A running server. */
export class IndiServer {
  private constructor(
    readonly port: number,
    readonly home: string,
    private readonly simulators: readonly Simulator[],
    private child: ChildProcess,
  ) {}

  /** @throws Error when `indi-bin` is not installed */
  static async start(simulators: readonly Simulator[]): Promise<IndiServer> {
    const [port = 0] = await freePorts(1);
    const home = await mkdtemp(join(tmpdir(), 'pyros-indi-'));
    await installStarCatalogue(home);
    return new IndiServer(port, home, simulators, await launch(port, home, simulators));
  }

  /** Ends it with all its drivers, and starts it anew at the same port. */
  async restart(): Promise<void> {
    await this.#kill();
    this.child = await launch(this.port, this.home, this.simulators);
  }

  /** As {@link setProperty}. */
  async set(kind: '-s' | '-n', assignment: string): Promise<void> {
    await setProperty(this.port, kind, assignment);
  }

  /** What the simulated camera sees from now on. */
  async setStars(stars: readonly SimulatedStar[]): Promise<void> {
    const lines = stars.map(({ raDeg, decDeg, magnitude }, n) => {
      const id = String(n + 1).padStart(10, '0');
      return `${id} ${raDeg.toFixed(6)} ${decDeg.toFixed(6)} 0.2 ${magnitude.toFixed(3)} 0.1 0 0 TEST F 0.0 0`;
    });
    await writeFile(join(this.home, 'stars'), lines.map((line) => `${line}\n`).join(''));
  }

  async stop(): Promise<void> {
    // Its drivers must be gone before their home is.
    await this.#kill();
    await rm(this.home, { recursive: true, force: true, maxRetries: 10 });
  }

  async #kill(): Promise<void> {
    const group = -(this.child.pid as number);
    // Its drivers are of its group.
    await until(START_MS, () => !kill(group));
  }
}

async function launch(port: number, home: string, simulators: readonly Simulator[]): Promise<ChildProcess> {
  // A test that is killed takes its server along, and drivers end when their server does.
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'indiserver', '-p', String(port), '-m', '256', '-u', join(home, 'socket')],
      ...simulators.map((name) => `indi_simulator_${name}`),
    ],
    {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, HOME: home, PATH: `${join(home, 'bin')}:${process.env['PATH']}` },
    },
  );
  const missing = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`indiserver ended with ${code}: is indi-bin installed?`)));
  });
  missing.catch(() => undefined);
  await Promise.race([until(START_MS, () => listens(port)), missing]);
  return child;
}

/** The simulated camera asks a program named `gsc` for the stars; Debian has none. */
async function installStarCatalogue(home: string): Promise<void> {
  await mkdir(join(home, 'bin'));
  await writeFile(join(home, 'stars'), '');
  const program = join(home, 'bin', 'gsc');
  await writeFile(program, `#!/bin/sh\nexec cat '${join(home, 'stars')}'\n`);
  await chmod(program, 0o755);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Whether there was anything to kill. */
function kill(group: number): boolean {
  try {
    return process.kill(group, 'SIGKILL');
  } catch {
    return false;
  }
}
