// What the benchmark needs besides the agents: the bare server, and clocks.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/index.js';

const HERE = join(packageRoot, 'dist', 'bench', 'mesh');

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
