// The plainest thing that could do the work: takes a frame, says that it has it, and writes it to everybody. It reads,
// checks and keeps nothing: what this machine and these authors and subscribers can do at most.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { encodeFrame, writeTransport } from '../../src/voevent/index.js';
import type { Ports } from './broker-process.js';

const PREFIX_BYTES = 4;
const message = { origin: 'ivo://bench/bare', params: [] };
const ACK = encodeFrame(writeTransport({ ...message, role: 'ack' }));
const AUTHENTICATE = encodeFrame(writeTransport({ ...message, role: 'authenticate' }));

/** A bare broker at work. */
export class BareProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly ports: Ports,
  ) {}

  static async start(): Promise<BareProcess> {
    const child = fork(fileURLToPath(import.meta.url), ['bare'], { execArgv: [] });
    const [ports] = (await once(child, 'message')) as [Ports];
    return new BareProcess(child, ports);
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}

async function listening(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function serve(): Promise<void> {
  const subscribers = new Set<Socket>();
  const broadcast = await listening((socket) => {
    socket.write(AUTHENTICATE);
    subscribers.add(socket);
    socket.resume();
    socket.on('close', () => subscribers.delete(socket));
  });
  const receive = await listening((socket) => {
    let frame = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      frame = Buffer.concat([frame, chunk]);
      if (frame.length < PREFIX_BYTES || frame.length < PREFIX_BYTES + frame.readUInt32BE(0)) return;
      socket.write(ACK);
      for (const subscriber of subscribers) subscriber.write(frame);
    });
  });
  process.send?.({ receive, broadcast });
  process.on('disconnect', () => process.exit());
}

if (process.argv[2] === 'bare') await serve();
