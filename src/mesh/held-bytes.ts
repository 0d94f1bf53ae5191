// The bytes of a frame that has not come whole. In however small pieces they come, they take about their own size.

/** A piece of at least this size is kept as it is: what an object takes besides does not count then. */
const LARGE_PIECE = 4 * 1024;
/** Smaller ones are put one behind the other into buffers of this size, the first ones smaller. */
const FIRST_HEAP = 64;
const LARGEST_HEAP = 32 * 1024;
const NOTHING = Buffer.alloc(0);

export class HeldBytes {
  /** How many bytes are held. */
  length = 0;
  #pieces: Buffer[] = [];
  #heap = NOTHING;
  #heapLength = 0;

  /** How many objects hold them. */
  get pieces(): number {
    return this.#pieces.length + (this.#heapLength > 0 ? 1 : 0);
  }

  add(piece: Buffer): void {
    this.length += piece.length;
    if (piece.length < LARGE_PIECE) {
      this.#heapUp(piece);
      return;
    }
    this.#closeHeap();
    this.#pieces.push(piece);
  }

  /** Takes all out, in one. */
  take(): Buffer {
    this.#closeHeap();
    const bytes = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces);
    this.clear();
    return bytes;
  }

  /** Lets go of all. */
  clear(): void {
    this.length = 0;
    this.#pieces = [];
    this.#heap = NOTHING;
    this.#heapLength = 0;
  }

  #heapUp(piece: Buffer): void {
    if (this.#heapLength + piece.length > this.#heap.length) {
      const size = Math.min(LARGEST_HEAP, Math.max(FIRST_HEAP, 2 * this.#heap.length, piece.length));
      this.#closeHeap();
      // Not of the pool, of which a few bytes would hold a whole block.
      this.#heap = Buffer.allocUnsafeSlow(size);
    }
    piece.copy(this.#heap, this.#heapLength);
    this.#heapLength += piece.length;
  }

  #closeHeap(): void {
    if (this.#heapLength === 0) return;
    this.#pieces.push(this.#heap.subarray(0, this.#heapLength));
    // What is left of it is free for what comes next.
    this.#heap = this.#heap.subarray(this.#heapLength);
    this.#heapLength = 0;
  }
}
