// A child that is the worker itself: for debugging. A task that holds the thread holds the worker, and cannot be killed.

import type { ChildLink, ChildLinkOwner } from './child-link.js';
import type { ToChild } from './child-messages.js';
import { ChildSide } from './child-side.js';
import { ClaimBoard } from './claim-board.js';

export class SoloLink implements ChildLink {
  readonly pid = process.pid;
  readonly #side: ChildSide;

  constructor(board: number, owner: ChildLinkOwner) {
    this.#side = new ChildSide(new ClaimBoard(board), {
      send: (message) => owner.onMessage(message),
      flush: () => undefined,
      exit: () => setImmediate(() => owner.onGone('let go')),
    });
  }

  send(message: ToChild): void {
    setImmediate(() => this.#side.onMessage(message));
  }

  signal(signal: NodeJS.Signals): void {
    if (signal !== 'SIGKILL') this.#side.abort();
  }
}
