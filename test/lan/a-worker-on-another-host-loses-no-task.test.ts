import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { packageRoot } from '../../src/config/index.js';
import type { Ends } from '../helpers/calls-on-host.js';
import { TASKS } from '../helpers/celery-processes.js';
import { type Host, Lan, needsHosts } from '../helpers/hosts.js';
import { SITE } from '../helpers/test-config.js';
import { until } from '../helpers/until.js';

const MAIN = join(packageRoot, 'dist', 'scripts', 'main.js');
const CALLER = join(packageRoot, 'dist', 'test', 'helpers', 'calls-on-host.js');
const CUT_MS = 5_000;
const COUNT = 200;
const START_PATIENCE_MS = 20_000;

const iniOf = (broker: Host, workers: Host, directory: string): string => `
[observatory]
name = Far workers
${SITE}
[logging]
level = warn
[data]
directory = ${directory}
[task_broker]
ip = ${broker.address}
receive_port = 5101
worker_patience = 8s
[celery]
imports = ${TASKS}
[celery.workers]
far = @${workers.address} -c 1
`;

/** It takes a third of that on an idle machine. */
t.setTimeout(120_000);

t.test('workers on another host than the broker', needsHosts(), async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pyros-far-'));
  t.teardown(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const lan = new Lan('first', 'second');
  t.teardown(() => lan.remove());
  const [first, second] = lan.hosts as [Host, Host];
  const ini = join(directory, 'pyros_agent_config.ini');
  writeFileSync(ini, iniOf(first, second, directory));

  /** Resolves when it is ready. Each host has a name of its own, as real ones have. */
  const start = async (host: Host, ...args: string[]): Promise<ChildProcess> => {
    const named = ['--uts', 'sh', '-c', 'hostname "$0" && exec "$@"', host.name, process.execPath];
    const child = host.spawn('unshare', [...named, ...args], ['ignore', 'ignore', 'inherit', 'ipc']);
    if (args[0] !== CALLER) await once(child, 'message', { signal: AbortSignal.timeout(START_PATIENCE_MS) });
    return child;
  };
  const startWorker = (name: string) =>
    start(second, MAIN, 'celery', 'worker', '-n', `${name}@test`, '-c', '1', '--config', ini);
  const fileOf = (task: string) => join(directory, task);
  const call = async (task: string, ms: number): Promise<Ends> => {
    const caller = await start(first, CALLER, ini, task, fileOf(task), String(COUNT), String(ms));
    const [ends] = await once(caller, 'message', { signal: AbortSignal.timeout(90_000) });
    return ends as Ends;
  };
  /** Numbers of the calls that have begun, in order. */
  const begun = (task: string): string[] => {
    try {
      return [...readFileSync(fileOf(task), 'utf8').matchAll(/^start (\d+)/gm)].map(([, n]) => n ?? '');
    } catch {
      return [];
    }
  };

  await start(first, MAIN, 'agent', 'task_broker', '--config', ini);
  const worker = await startWorker('far');

  t.comment(`the link is cut for ${CUT_MS / 1000} s while tasks run`);
  const ends = call('tests.note', 10);
  await until(20_000, () => begun('tests.note').length > COUNT / 5);
  second.cut();
  await delay(CUT_MS);
  const before = begun('tests.note').length;
  t.ok(before < COUNT, 'the worker has run out of tasks');
  second.heal();
  t.same(await ends, { SUCCESS: COUNT }, 'every caller has its result');
  t.equal(new Set(begun('tests.note')).size, COUNT);
  t.equal(begun('tests.note').length, COUNT, 'and no task ran twice');

  t.comment('the worker is killed, and nobody on its host is there to see it');
  const late = call('tests.note_late', 10);
  await until(20_000, () => begun('tests.note_late').length > COUNT / 5);
  worker.kill('SIGKILL');
  await startWorker('next');
  t.same(await late, { SUCCESS: COUNT }, 'what it had is delivered again');
  const twice = begun('tests.note_late').length - COUNT;
  t.ok(twice >= 0 && twice <= 1, 'and only the one in hand ran twice');
});
