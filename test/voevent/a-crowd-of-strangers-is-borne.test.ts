// Thousands of connections that are good for nothing: a broker in a process of its own stays small, and serves others.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/config/index.js';
import { freePorts } from '../../src/socket/index.js';
import { encodeFrame, sendVOEvent } from '../../src/voevent/index.js';
import { mostFiles } from '../helpers/most-files.js';
import { until } from '../helpers/until.js';
import { numbered, TestSubscriber } from './brokers.js';

const host = '127.0.0.1';
const CONNECTIONS = 5_000;
/** More than a port takes: 1024 authors, 2048 subscribers. */
const AT_ONCE = 2_600;
/** What the broker may grow by, whatever comes. */
const GROWTH_MIB = 150;
const skip = mostFiles() < 2 * AT_ONCE + 200 && `only ${mostFiles()} open files are allowed (ulimit -n)`;

/** What they send; the first is silent, the others are no better. */
const RUBBISH = [
  Buffer.alloc(0),
  Buffer.from('7fffffff41', 'hex'),
  Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  Buffer.alloc(4),
  encodeFrame(Buffer.from(numbered(1))).subarray(0, 100),
  encodeFrame(Buffer.from('<a')),
];

async function broker(t: Test) {
  const [receive = 0, broadcast = 0] = await freePorts(2);
  const main = join(packageRoot, 'dist', 'scripts', 'main.js');
  const ports = ['-r', `${host}:${receive}`, '-b', `${host}:${broadcast}`];
  const options = [...ports, '--local-ivo=ivo://a.b/c', '--eventdb', t.testdir()];
  const stdio = ['ignore', 'ignore', 'pipe'] as const;
  const child: ChildProcess = spawn(process.execPath, [main, 'comet', ...options], { stdio: [...stdio] });
  t.teardown(() => child.kill('SIGKILL'));
  let isUp = false;
  child.stderr?.on('data', (chunk) => {
    isUp ||= String(chunk).includes('the broker runs');
  });
  await until(30_000, () => isUp);
  const memoryMiB = (name: string) => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  };
  return { receive, broadcast, memoryMiB };
}

/** Resolves when it is connected and has said its say, or has been closed. */
function stranger(port: number, bytes: Buffer): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.on('error', () => resolve(socket));
    socket.on('connect', () =>
      bytes.length > 0 ? socket.write(bytes, () => resolve(socket)) : resolve(socket),
    );
    socket.resume();
  });
}

t.test(`${CONNECTIONS} strangers, of whom ${AT_ONCE} stay`, { skip }, async (t) => {
  const { receive, broadcast, memoryMiB } = await broker(t);
  let sent = 0;
  const send = async () => {
    sent += 1;
    const { accepted } = await sendVOEvent({ host, port: receive }, Buffer.from(numbered(sent)));
    t.ok(accepted, `event ${sent}`);
  };
  await send();
  const friend = await TestSubscriber.to(t, broadcast);
  await friend.heard('authenticate');
  const before = memoryMiB('VmRSS');
  const staying: Socket[] = [];
  for (let n = 0; n < CONNECTIONS; n += 100) {
    const crowd = Array.from({ length: 100 }, (_, at) => {
      // The last ones are all silent, and stay: every place is taken.
      const isSilent = n >= CONNECTIONS - AT_ONCE;
      const bytes = isSilent ? RUBBISH[0] : RUBBISH[at % RUBBISH.length];
      return stranger(at % 2 === 0 ? receive : broadcast, bytes ?? Buffer.alloc(0));
    });
    staying.push(...(await Promise.all(crowd)));
    if (n % 500 === 0) await send();
    if (n < CONNECTIONS - AT_ONCE) for (const socket of staying.splice(0)) socket.destroy();
  }
  const more = Array.from({ length: AT_ONCE }, () => stranger(broadcast, Buffer.alloc(0)));
  staying.push(...(await Promise.all(more)));
  t.comment('every place is taken, and friends still come in');
  await send();
  const late = await TestSubscriber.to(t, broadcast);
  await late.heard('authenticate');
  await send();
  const isLast = (text: string) => text === numbered(sent);
  await until(30_000, () => friend.events.length === sent - 1 && late.events.some(isLast));
  t.ok(memoryMiB('VmHWM') - before < GROWTH_MIB, `it grew from ${before} to ${memoryMiB('VmHWM')} MiB`);
  for (const socket of staying) socket.destroy();
});
