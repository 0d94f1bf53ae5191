// Between a worker and its children: MessagePack with its length before it, those of one moment in one write.
import type { Duplex } from 'node:stream';
import { pack, unpack } from 'msgpackr';

const HEADER_BYTES = 4;

export class Frames {
  #chunks: Buffer[] = [];
  #have = 0;
  #need = HEADER_BYTES;
  #out: Uint8Array[] = [];
  #due = false;

  constructor(
    private readonly pipe: Duplex,
    private readonly onMessage: (message: unknown) => void,
    onEnd: () => void,
  ) {
    pipe.on('data', (chunk: Buffer) => this.#onData(chunk));
    pipe.on('error', () => undefined);
    pipe.once('close', onEnd);
  }

  /** @param later - after what was written to other pipes and sockets in this tick */
  send(message: unknown, later = false): void {
    const body = pack(message);
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt32LE(body.length);
    this.#out.push(header, body);
    if (this.#due) return;
    this.#due = true;
    if (later) queueMicrotask(() => setImmediate(() => this.flush()));
    else queueMicrotask(() => this.flush());
  }

  flush(): void {
    this.#due = false;
    if (this.#out.length === 0 || this.pipe.destroyed) return;
    const bytes = Buffer.concat(this.#out);
    this.#out = [];
    this.pipe.write(bytes);
  }

  /**
   * Calls back when all has left, at once when it has: what the pipe does not take in one piece would be lost with the
   * process. A little that waits makes no `drain`; what is written after it has its turn when that has left.
   */
  whenSent(callback: () => void): void {
    this.flush();
    if (this.pipe.writableLength === 0 || this.pipe.destroyed) callback();
    else this.pipe.write(new Uint8Array(), () => callback());
  }

  #onData(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#have += chunk.length;
    if (this.#have < this.#need) return;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    while (bytes.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + bytes.readUInt32LE(0);
      this.#need = end;
      if (bytes.length < end) break;
      const message = unpack(bytes.subarray(HEADER_BYTES, end));
      bytes = bytes.subarray(end);
      this.#need = HEADER_BYTES;
      this.onMessage(message);
    }
    this.#chunks = bytes.length > 0 ? [bytes] : [];
    this.#have = bytes.length;
  }
}
