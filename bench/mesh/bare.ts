// What the plainest code on a socket does, as the measure for the mesh: a newline echo, and counted frames that are
// answered by a line each.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Joins what is written in one tick, up to this size. */
const FLUSH_BYTES = 32 * 1024;

class Writer {
  #text = '';

  constructor(private readonly socket: Socket) {}

  write(text: string): void {
    if (this.#text === '') setImmediate(() => this.flush());
    this.#text += text;
    if (this.#text.length > FLUSH_BYTES) this.flush();
  }

  flush(): void {
    if (this.#text !== '') this.socket.write(this.#text, 'latin1');
    this.#text = '';
  }
}

/** Calls back with each line; counted payloads are passed over. */
function readLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = '';
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    const text = rest + chunk;
    let offset = 0;
    for (let end = text.indexOf('\n', offset); end !== -1; end = text.indexOf('\n', offset)) {
      const line = text.slice(offset, end);
      const at = line.indexOf('bytes=');
      const next = at === -1 ? end + 1 : end + 1 + Number(line.slice(at + 6)) + 1;
      if (next > text.length) break;
      onLine(line);
      offset = next;
    }
    rest = text.slice(offset);
  });
}

/** Ports of the serving side. */
export interface BarePorts {
  echo: number;
  counted: number;
}

/** The serving side. */
export async function serveBare({ echo, counted }: BarePorts): Promise<void> {
  const echoServer = createServer((socket) => {
    const writer = new Writer(socket);
    readLines(
      socket.on('error', () => undefined),
      (line) => writer.write(`${line}\n`),
    );
  });
  const countedServer = createServer((socket) => {
    const writer = new Writer(socket);
    readLines(
      socket.on('error', () => undefined),
      (line) => {
        const at = line.indexOf('id=') + 3;
        writer.write(`ACK\tid=${line.slice(at, line.indexOf('\t', at))}\n`);
      },
    );
  });
  const servers = [echoServer.listen(echo, '127.0.0.1'), countedServer.listen(counted, '127.0.0.1')];
  await Promise.all(servers.map((server) => once(server, 'listening')));
}

/** A client of the counted frames: a promise per message, as the mesh has. */
export class CountedClient {
  #pending = new Map<number, () => void>();
  #lastId = 0;
  #writer: Writer;

  private constructor(private readonly socket: Socket) {
    this.#writer = new Writer(socket);
    readLines(socket, (line) => {
      const id = Number(line.slice(line.indexOf('id=') + 3));
      const resolve = this.#pending.get(id);
      this.#pending.delete(id);
      resolve?.();
    });
  }

  static async open(port: number): Promise<CountedClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new CountedClient(socket);
  }

  send(payload: string): Promise<void> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#pending.set(id, resolve);
      this.#writer.write(`Note\tid=${id}\tbytes=${payload.length}\n${payload}\n`);
    });
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A client of the newline echo, one line at a time. */
export class EchoClient {
  #resolve: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    readLines(socket, () => this.#resolve());
  }

  static async open(port: number): Promise<EchoClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new EchoClient(socket);
  }

  send(line: string): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.socket.write(`${line}\n`);
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
