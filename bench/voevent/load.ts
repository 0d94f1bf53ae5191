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

/** Sends one event on a connection of its own. @returns when the acknowledgement came, in ms after the start */
export function send(port: number, frame: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const begunMs = performance.now();
    const socket = connect({ host, port, noDelay: true });
    socket.on('error', reject);
    socket.once('data', (answer) => {
      const ms = performance.now() - begunMs;
      socket.destroy();
      if (answer.includes('role="ack"')) resolve(ms);
      else reject(new Error(answer.toString()));
    });
    socket.once('end', () => reject(new Error('no answer')));
    socket.write(frame);
  });
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

  #join(port: number): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      let left = 0;
      let head: Buffer = Buffer.alloc(0);
      let isFirst = true;
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        let rest: Buffer = chunk;
        while (rest.length > 0) {
          if (left === 0) {
            head = head.length === 0 ? rest : Buffer.concat([head, rest]);
            if (head.length < PREFIX_BYTES) return;
            left = head.readUInt32BE(0);
            rest = head.subarray(PREFIX_BYTES);
            head = Buffer.alloc(0);
          }
          const taken = Math.min(left, rest.length);
          left -= taken;
          rest = rest.subarray(taken);
          if (left > 0) continue;
          if (isFirst) socket.write(AUTHENTICATE, () => resolve(socket));
          else this.#count(socket);
          isFirst = false;
        }
      });
    });
  }

  #count(socket: Socket): void {
    socket.write(ACK);
    this.#received += 1;
    if (this.#received >= this.#wanted) this.#wake();
  }
}
