// The broker that is measured, as a process of its own: started by the benchmark, it tells its ports, and is killed.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RealClock } from '../../src/clock/index.js';
import { createLogger } from '../../src/log/index.js';
import { Store } from '../../src/store/index.js';
import { Broker } from '../../src/voevent/index.js';

/** Where a broker is. */
export interface Ports {
  receive: number;
  broadcast: number;
}

/** A broker at work. */
export class BrokerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    readonly ports: Ports,
  ) {}

  static async start(): Promise<BrokerProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'pyros-bench-vo-'));
    const child = fork(fileURLToPath(import.meta.url), ['serve', directory], { execArgv: [] });
    const [ports] = (await once(child, 'message')) as [Ports];
    return new BrokerProcess(child, directory, ports);
  }

  /** Memory in use now, and the most there ever was, in MiB. */
  memory(): { now: number; highest: number } {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    return { now: of('VmRSS'), highest: of('VmHWM') };
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function serve(directory: string): Promise<void> {
  const here = { host: '127.0.0.1', port: 0 };
  const log = createLogger({ agent: 'bench', level: 'info', directory, console: null });
  const store = new Store(join(directory, 'events.lmdb'));
  const settings = { receive: [here], broadcast: [here], broadcastTestMs: 0 };
  const broker = new Broker(settings, { store, clock: new RealClock(), log });
  await broker.start();
  const { receive, broadcast } = broker.ports;
  process.send?.({ receive: receive[0], broadcast: broadcast[0] });
  process.on('disconnect', () => process.exit());
}

if (process.argv[2] === 'serve' && process.argv[3]) await serve(process.argv[3]);
