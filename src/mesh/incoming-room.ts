// Memory for messages that have not come whole, of all peers of one agent together. Small ones always have room; large
// ones wait for their turn, in which they come to their end or run out of time. Turns go round by address: whoever opens
// many connections waits longer, and nobody else does.

/** What is done about a peer whose message has to wait. */
export interface RoomOwner {
  /** No more is to be read from it. */
  hold(): void;
  /** It is read from again. */
  release(): void;
}

export class IncomingRoom {
  /** What each peer may hold in any case: half of the limit is set apart for it. */
  readonly shareBytes: number;
  /** For the whole of those that are larger; one is always let in. */
  readonly #largeBytes: number;
  #reserved = 0;
  /** By address; the next turn is the first one's, which is the last one then. */
  #waiting = new Map<string, RoomClaim[]>();

  constructor(limitBytes: number, maxConnections: number) {
    this.#largeBytes = limitBytes / 2;
    this.shareBytes = Math.floor(limitBytes / 2 / maxConnections);
  }

  /** Peers that wait for their turn. */
  get waiting(): number {
    let count = 0;
    for (const claims of this.#waiting.values()) count += claims.length;
    return count;
  }

  /** The claim of one peer at `address`. */
  claim(address: string, owner: RoomOwner): RoomClaim {
    return new RoomClaim(this, address, owner);
  }

  /** @returns whether there is room at once; otherwise the claim is told when there is */
  reserve(claim: RoomClaim): boolean {
    const isFree = this.#waiting.size === 0 && this.#fits(claim);
    if (isFree) this.#reserved += claim.bytes;
    else this.#line(claim.address).push(claim);
    return isFree;
  }

  /** A claim is given up, whether it was granted or waits. */
  giveBack(claim: RoomClaim, wasGranted: boolean): void {
    if (wasGranted) this.#reserved -= claim.bytes;
    else this.#leave(claim);
    for (let next = this.#next(); next && this.#fits(next); next = this.#next()) {
      this.#leave(next);
      this.#passOn(next.address);
      this.#reserved += next.bytes;
      next.granted();
    }
  }

  /** Those of one address that wait. */
  #line(address: string): RoomClaim[] {
    const line = this.#waiting.get(address) ?? [];
    this.#waiting.set(address, line);
    return line;
  }

  #next(): RoomClaim | undefined {
    for (const [first] of this.#waiting.values()) return first;
    return undefined;
  }

  #leave(claim: RoomClaim): void {
    const { address } = claim;
    const line = this.#line(address);
    line.splice(line.indexOf(claim), 1);
    if (line.length === 0) this.#waiting.delete(address);
  }

  /** An address that has had its turn waits behind the others. */
  #passOn(address: string): void {
    const line = this.#waiting.get(address);
    if (!line) return;
    this.#waiting.delete(address);
    this.#waiting.set(address, line);
  }

  #fits({ bytes }: RoomClaim): boolean {
    return this.#reserved === 0 || this.#reserved + bytes <= this.#largeBytes;
  }
}

/** What one peer holds or wants. */
export class RoomClaim {
  /** Of the whole message; 0 when it needs no room. */
  bytes = 0;
  #isGranted = false;

  constructor(
    private readonly room: IncomingRoom,
    readonly address: string,
    private readonly owner: RoomOwner,
  ) {}

  /** Whether there is room set apart for it. */
  get isGranted(): boolean {
    return this.#isGranted;
  }

  /** Looks at what has come of a message, and how large the whole will be. */
  look(pendingBytes: number, wholeBytes: number): void {
    if (pendingBytes <= this.room.shareBytes) {
      if (this.bytes > 0) this.end();
      return;
    }
    // The same message as before, or it waits already. Its line end is not worth another turn.
    if (wholeBytes === this.bytes || (this.bytes > 0 && !this.#isGranted)) return;
    this.end();
    this.bytes = wholeBytes;
    this.#isGranted = this.room.reserve(this);
    if (!this.#isGranted) this.owner.hold();
  }

  /** There is room now. */
  granted(): void {
    this.#isGranted = true;
    this.owner.release();
  }

  /** It has come whole, or the peer has gone. */
  end(): void {
    if (this.bytes === 0) return;
    const wasGranted = this.#isGranted;
    this.#isGranted = false;
    this.room.giveBack(this, wasGranted);
    this.bytes = 0;
  }
}
