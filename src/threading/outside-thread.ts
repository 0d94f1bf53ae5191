// A thread that was not started by Thread: the main thread, or a worker that somebody else made.
import { Thread } from './thread.js';

/** Stands for such a thread; it cannot be started, joined or terminated. Python's `_MainThread`, `_DummyThread`. */
export class OutsideThread extends Thread<[]> {
  readonly #ident: number;

  constructor(name: string, ident: number) {
    super({ name, daemon: false });
    this.#ident = ident;
  }

  override run(): void {}

  override isAlive(): boolean {
    return true;
  }

  override get ident(): number {
    return this.#ident;
  }
}
