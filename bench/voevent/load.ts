// Authors and subscribers that cost as little as they can: on two cores they take from the broker what they need.

import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/index.js';
import { encodeFrame, writeTransport } from '../../src/voevent/index.js';

const host = '127.0.0.1';
const PREFIX_BYTES = 4;
const SAMPLE = join(packageRoot, 'test', 'fixtures', 'voevents', 'fermi-gbm-alert.xml');
const ACK = encodeFrame(
  writeTransport({
    role: 'ack',
    origin: 'ivo://bench/event',
    response: 'ivo://bench/subscriber',
    params: [],
  }),
);
const AUTHENTICATE = encodeFrame(
  writeTransport({
    role: 'authenticate',
    origin: 'ivo://bench/broker',
    response: 'ivo://bench/subscriber',
    params: [],
  }),
);

const sample = readFileSync(SAMPLE, 'latin1');
let nextNumber = 1;

/** The frame of a real event of 4.4 kB (Fermi GBM) that was never sent before; longer by `more` bytes. */
export function freshEvent(more = 0): Buffer {
  const number = nextNumber++;
  const text = sample.replace(/(ivorn\s*=\s*")[^"]*/, `$1ivo://pyros.bench/event#${number}`);
  const comment = more > 0 ? `<!--${'x'.repeat(more)}-->` : '';
  return encodeFrame(Buffer.from(text.replace('</voe:VOEvent>', `${comment}</voe:VOEvent>`), 'latin1'));
}

/** What comes in is looked at before the next comes: one place for all of it, and none to be made for each piece. */
const INCOMING = Buffer.alloc(64 * 1024);
const IS_ACK = Buffer.from('role="ack"');

/** Connects to a port; `onBytes` is called with how many bytes of {@link INCOMING} are new. */
function connected(port: number, onBytes: (count: number) => void): Socket {
  const callback = (count: number) => {
    onBytes(count);
    return true;
  };
  return connect({ host, port, onread: { buffer: INCOMING, callback } });
}

/** Sends one event on a connection of its own. @returns when the acknowledgement came, in ms after the start */
export function send(port: number, frame: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const begunMs = performance.now();
    const socket = connected(port, (count) => {
      const ms = performance.now() - begunMs;
      const answer = INCOMING.subarray(0, count);
      socket.destroy();
      if (answer.includes(IS_ACK)) resolve(ms);
      else reject(new Error(answer.toString()));
    });
    socket.on('error', reject);
    socket.once('end', () => reject(new Error('no answer')));
    socket.write(frame);
  });
}

/** Tells how many frames end in the bytes that come in. */
class FrameCounter {
  /** Of the frame under way. */
  #left = 0;
  #prefix = 0;
  #prefixBytes = 0;

  /** @param count - bytes of {@link INCOMING} */
  take(count: number): number {
    let frames = 0;
    for (let at = 0; at < count; ) {
      if (this.#left === 0) {
        this.#readPrefix(INCOMING[at] as number);
        at += 1;
        continue;
      }
      const taken = Math.min(this.#left, count - at);
      at += taken;
      this.#left -= taken;
      if (this.#left === 0) frames += 1;
    }
    return frames;
  }

  #readPrefix(byte: number): void {
    this.#prefix = this.#prefix * 256 + byte;
    this.#prefixBytes += 1;
    if (this.#prefixBytes < PREFIX_BYTES) return;
    this.#left = this.#prefix;
    this.#prefix = 0;
    this.#prefixBytes = 0;
  }
}

/** Many subscribers, which acknowledge all. */
export class Crowd {
  #sockets: Socket[] = [];
  #received = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #wake: () => void = () => undefined;

  static async of(count: number, port: number): Promise<Crowd> {
    const crowd = new Crowd();
    for (let n = 0; n < count; n += 1) crowd.#sockets.push(await crowd.#join(port));
    return crowd;
  }

  /** How many events came, of all together. */
  get received(): number {
    return this.#received;
  }

  /** Resolves when so many events have come, of all together. */
  async until(received: number): Promise<void> {
    if (this.#received >= received) return;
    this.#wanted = received;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wanted = Number.POSITIVE_INFINITY;
  }

  leave(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Resolves when it is greeted, and has answered. */
  #join(port: number): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const frames = new FrameCounter();
      let isGreeted = false;
      const socket = connected(port, (count) => {
        let whole = frames.take(count);
        if (whole > 0 && !isGreeted) {
          isGreeted = true;
          whole -= 1;
          socket.write(AUTHENTICATE, () => resolve(socket));
        }
        for (; whole > 0; whole -= 1) this.#count(socket);
      });
      socket.on('error', reject);
    });
  }

  #count(socket: Socket): void {
    socket.write(ACK);
    this.#received += 1;
    if (this.#received >= this.#wanted) this.#wake();
  }
}
