// A child that is a process, in a process group of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { packageRoot } from '../../config/index.js';
import type { ChildLink, ChildLinkOwner } from './child-link.js';
import type { FromChild, ToChild } from './child-messages.js';
import { Frames } from './frames.js';

const CHILD_MAIN = join(packageRoot, 'dist', 'src', 'celery', 'worker', 'child-main.js');
const PIPE = 3;

export class ProcessLink implements ChildLink {
  readonly #process: ChildProcess;
  readonly #frames: Frames;
  #exit: string | undefined;
  #pipeClosed = false;

  /** @param board - file of the claim board, open */
  constructor(
    board: number,
    private readonly owner: ChildLinkOwner,
  ) {
    this.#process = spawn(process.execPath, [CHILD_MAIN], {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', board],
    });
    this.#frames = new Frames(
      this.#process.stdio[PIPE] as Duplex,
      (message) => owner.onMessage(message as FromChild),
      () => this.#onPipeClosed(),
    );
    this.#process.once('error', (error) => this.#onExit(error.message));
    this.#process.once('exit', (code, signal) =>
      this.#onExit(signal ? `killed by ${signal}` : `exit code ${code}`),
    );
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  send(message: ToChild, later?: boolean): void {
    if (this.#exit === undefined) this.#frames.send(message, later);
  }

  signal(signal: NodeJS.Signals): void {
    try {
      if (this.pid > 0) process.kill(-this.pid, signal);
    } catch {
      // It has gone.
    }
  }

  #onPipeClosed(): void {
    this.#pipeClosed = true;
    // A child that has lost its pipe is of no use, should it still be there.
    if (this.#exit === undefined) this.signal('SIGKILL');
    this.#gone();
  }

  #onExit(reason: string): void {
    this.#exit ??= reason;
    // What it has spawned must not outlive it, nor keep its pipe open.
    this.signal('SIGKILL');
    this.#gone();
  }

  #gone(): void {
    if (this.#exit !== undefined && this.#pipeClosed) this.owner.onGone(this.#exit);
  }
}
