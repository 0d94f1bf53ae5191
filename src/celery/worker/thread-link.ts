// A child that is a thread of the worker's process: lighter, and ended without what it may have spawned.
import { join } from 'node:path';
import { Worker as WorkerThread } from 'node:worker_threads';
import { packageRoot } from '../../config/index.js';
import type { ChildLink, ChildLinkOwner } from './child-link.js';
import type { FromChild, ToChild } from './child-messages.js';

const CHILD_THREAD = join(packageRoot, 'dist', 'src', 'celery', 'worker', 'child-thread.js');

export class ThreadLink implements ChildLink {
  readonly pid = process.pid;
  readonly #thread: WorkerThread;
  #error = '';

  constructor(board: number, owner: ChildLinkOwner) {
    this.#thread = new WorkerThread(CHILD_THREAD, { workerData: { board } });
    this.#thread.on('message', (message: FromChild) => owner.onMessage(message));
    this.#thread.once('error', (error) => {
      this.#error = `: ${error.message}`;
    });
    this.#thread.once('exit', (code) => owner.onGone(`thread ended with ${code}${this.#error}`));
  }

  send(message: ToChild, later = false): void {
    if (later) setImmediate(() => this.#thread.postMessage(message));
    else this.#thread.postMessage(message);
  }

  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL') void this.#thread.terminate();
    else this.#thread.postMessage({ kind: 'terminate' } satisfies ToChild);
  }
}
