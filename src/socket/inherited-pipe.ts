// The end of a pipe that the process which started this one has opened.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The pipe of a file descriptor that was inherited. */
export function inheritedPipe(descriptor: number): Duplex {
  return new Socket({ fd: descriptor, readable: true, writable: true });
}
