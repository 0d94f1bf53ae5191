// Hosts for a test: network namespaces, joined by a bridge in one more. Nothing of this machine's network is touched.
import { type ChildProcess, execFile, execFileSync, type StdioOptions, spawn } from 'node:child_process';
import { errorText } from '../../src/errors/index.js';

/** What a command did. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** `pyros-<pid of the test>-<host>`. */
const NAME = /^pyros-(\d+)-\w+$/;
/** The namespace of the bridge. */
const BRIDGE = 'lan';
const SUBNET = '10.77.0';
const RUN_PATIENCE_MS = 30_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One host: a namespace with an address of its own. */
export class Host {
  constructor(
    readonly name: string,
    readonly address: string,
  ) {}

  /** Pulls the cable, at the switch: nobody is told, packets are just gone. */
  cut(): void {
    ip('-n', namespaceOf(BRIDGE), 'link', 'set', `to-${this.name}`, 'down');
  }

  heal(): void {
    ip('-n', namespaceOf(BRIDGE), 'link', 'set', `to-${this.name}`, 'up');
  }

  /** Starts a program on this host. */
  spawn(program: string, args: readonly string[], stdio: StdioOptions): ChildProcess {
    return spawn('ip', this.#exec(program, args), { stdio });
  }

  /** Runs a program on this host until it ends, or for {@link RUN_PATIENCE_MS}. */
  run(program: string, args: readonly string[]): Promise<Outcome> {
    return new Promise((resolve) => {
      const options = { timeout: RUN_PATIENCE_MS };
      const child = execFile('ip', this.#exec(program, args), options, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  /** Without the test runner's hooks, which it hands on by NODE_OPTIONS: hosts have no time to lose. */
  #exec(program: string, args: readonly string[]): string[] {
    return ['netns', 'exec', namespaceOf(this.name), 'env', '-u', 'NODE_OPTIONS', program, ...args];
  }
}

/** Hosts that are joined by a bridge, until {@link Lan.remove} or the end of the process. */
export class Lan {
  readonly #hosts: Host[];
  readonly #remove = () => this.remove();
  readonly #interrupted = (signal: NodeJS.Signals) => {
    this.remove();
    process.kill(process.pid, signal);
  };

  /** @throws Error that says why there can be none on this machine */
  constructor(...names: string[]) {
    removeStale();
    this.#hosts = names.map((name, index) => new Host(name, `${SUBNET}.${index + 1}`));
    process.once('exit', this.#remove);
    for (const signal of SIGNALS) process.once(signal, this.#interrupted);
    try {
      addNamespace(namespaceOf(BRIDGE));
      ip('-n', namespaceOf(BRIDGE), 'link', 'add', 'bridge', 'type', 'bridge');
      ip('-n', namespaceOf(BRIDGE), 'link', 'set', 'bridge', 'up');
      for (const host of this.#hosts) addHost(host);
    } catch (error) {
      this.remove();
      throw new Error(`this machine cannot make hosts of network namespaces: ${reasonOf(error)}`);
    }
  }

  get hosts(): readonly Host[] {
    return this.#hosts;
  }

  /** Ends what runs on the hosts, and removes them. */
  remove(): void {
    process.removeListener('exit', this.#remove);
    for (const signal of SIGNALS) process.removeListener(signal, this.#interrupted);
    for (const name of namespaces().filter((name) => pidOf(name) === process.pid)) removeNamespace(name);
  }
}

/**
 * Options of a test that needs hosts: it is skipped where there can be none, and says why. CI must run it: there it
 * fails.
 */
export function needsHosts(): { skip?: string } {
  if (process.env['CI']) return {};
  try {
    new Lan('probe').remove();
    return {};
  } catch (error) {
    return { skip: errorText(error) };
  }
}

/** All namespaces that this test has made: none after it. */
export function hostsLeft(): string[] {
  return namespaces().filter((name) => pidOf(name) === process.pid);
}

function addHost({ name, address }: Host): void {
  const [lan, own] = [namespaceOf(BRIDGE), namespaceOf(name)];
  addNamespace(own);
  ip('-n', lan, 'link', 'add', `to-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', own);
  ip('-n', lan, 'link', 'set', `to-${name}`, 'master', 'bridge', 'up');
  ip('-n', own, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  ip('-n', own, 'link', 'set', 'eth0', 'up');
  // Also asks for the right to run something there.
  ip('netns', 'exec', own, 'true');
}

function addNamespace(name: string): void {
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'set', 'lo', 'up');
}

/** Of tests that were killed. */
function removeStale(): void {
  for (const name of namespaces()) {
    try {
      process.kill(pidOf(name), 0);
    } catch {
      removeNamespace(name);
    }
  }
}

/** It is gone when the last process in it is: those are killed. */
function removeNamespace(name: string): void {
  for (const pid of attempt('netns', 'pids', name).split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  }
  attempt('netns', 'delete', name);
}

function namespaces(): string[] {
  return attempt('netns', 'list')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => NAME.test(name));
}

function namespaceOf(host: string): string {
  return `pyros-${process.pid}-${host}`;
}

function pidOf(namespace: string): number {
  return Number(NAME.exec(namespace)?.[1]);
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 10_000 });
}

/** As {@link ip}, where failing is no harm. */
function attempt(...args: string[]): string {
  try {
    return ip(...args);
  } catch {
    return '';
  }
}

function reasonOf(error: unknown): string {
  const { code, stderr } = error as { code?: string; stderr?: string };
  if (code === 'ENOENT') return 'the command ip is missing (package iproute2)';
  return `${(stderr || errorText(error)).trim()} (it needs Linux and the rights of root: CAP_NET_ADMIN, CAP_SYS_ADMIN)`;
}
