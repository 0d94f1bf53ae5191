// Answers that wait for peers to read them, of all peers of one agent together. Each peer has a limit of its own; when
// all together are too many, the peer that leaves the most unread is cut.

/** The answers to one peer. */
export interface AnswersOfPeer {
  /** What waits to be read now. */
  readonly unreadBytes: number;
  /** Cuts the peer. */
  cut(): void;
}

export class UnreadAnswers {
  /** Fewer are not counted: they are what is on its way to a peer that reads. */
  readonly shareBytes: number;
  #counted = new Map<AnswersOfPeer, number>();
  #bytes = 0;

  constructor(
    private readonly limitBytes: number,
    maxConnections: number,
  ) {
    this.shareBytes = Math.floor(limitBytes / 2 / maxConnections);
  }

  /** Notes what waits for a peer; 0 when it has gone. */
  note(answers: AnswersOfPeer, bytes: number): void {
    this.#count(answers, bytes);
    if (this.#bytes <= this.limitBytes / 2) return;
    // Some have been read since they were counted.
    for (const one of [...this.#counted.keys()]) this.#count(one, one.unreadBytes);
    while (this.#bytes > this.limitBytes / 2) {
      const [most] = [...this.#counted].reduce((one, other) => (other[1] > one[1] ? other : one));
      this.#count(most, 0);
      most.cut();
    }
  }

  #count(answers: AnswersOfPeer, bytes: number): void {
    this.#bytes += bytes - (this.#counted.get(answers) ?? 0);
    if (bytes <= this.shareBytes) {
      this.#bytes -= bytes;
      this.#counted.delete(answers);
    } else this.#counted.set(answers, bytes);
  }
}
