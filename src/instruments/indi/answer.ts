// The answer to a command that a device may still owe when nobody waits for it any more.

/** Keeps the last command that was sent. */
export class Answer {
  #awaited: Promise<unknown> | undefined;

  /** A device was told something, and has not said how it went. */
  get isAwaited(): boolean {
    return this.#awaited !== undefined;
  }

  /** Waits for a command, or until the signal ends the waiting, which leaves the command to itself. */
  async of(command: Promise<unknown>, signal: AbortSignal): Promise<void> {
    const end = () => {
      if (this.#awaited === awaited) this.#awaited = undefined;
    };
    const awaited = command.then(end, end);
    this.#awaited = awaited;
    let abort = () => {};
    const ended = new Promise<never>((_, reject) => {
      abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
    });
    try {
      await Promise.race([command, ended]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Resolves when the device has answered, or its deadline is over. */
  async settled(): Promise<void> {
    await this.#awaited;
  }

  /** Nothing more is expected of it. */
  forget(): void {
    this.#awaited = undefined;
  }
}
