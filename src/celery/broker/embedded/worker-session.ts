// One worker, as the broker sees it: what it holds, and what goes to it.
import type { MessageContext } from '../../../mesh/index.js';
import type { LiveTask } from './live-task.js';
import type { PackedDelivery, WorkerNews } from './protocol.js';

/** Who a worker is, kept on disk: a broker that starts again knows for whom it waits. */
export interface SessionRow {
  node: string;
  pid: number;
  startTime: string;
  host: string;
}

const BATCH_BYTES = 512 * 1024;

export class WorkerSession {
  readonly held = new Map<number, LiveTask>();
  queues: string[] = [];
  window = 0;
  /** Where its turn among its queues stands. */
  turn = 0;
  lastHeardMs = performance.now();
  /** Ends its connection's attendance: it must attend again. */
  dismiss: () => void = () => undefined;
  #context: MessageContext | undefined;
  #deliveries: PackedDelivery[] = [];
  #bytes = 0;
  #due = false;

  constructor(
    readonly id: string,
    readonly row: SessionRow,
  ) {}

  /** Whether it is connected. */
  get present(): boolean {
    return this.#context !== undefined;
  }

  get room(): number {
    return this.present ? this.window - this.held.size : 0;
  }

  connect(context: MessageContext): void {
    this.#context = context;
    this.lastHeardMs = performance.now();
    this.send({ attended: true });
  }

  /** @returns whether it was by this connection that it was here */
  disconnect(context: MessageContext): boolean {
    if (this.#context !== context) return false;
    this.#context = undefined;
    this.#deliveries = [];
    this.#bytes = 0;
    return true;
  }

  /** A worker may know it by another tag than the broker does. */
  hold(task: LiveTask, tag = task.tag): void {
    task.place = 'held';
    this.held.set(tag, task);
  }

  deliver(delivery: PackedDelivery): void {
    const bytes = delivery[5].length;
    // A large one may be as large as a message can be.
    if (this.#bytes + bytes > BATCH_BYTES) this.#sendDeliveries();
    this.#deliveries.push(delivery);
    this.#bytes += bytes;
    if (this.#bytes > BATCH_BYTES) this.#sendDeliveries();
    else if (!this.#due) {
      this.#due = true;
      queueMicrotask(() => this.#sendDeliveries());
    }
  }

  /** After what was delivered before. */
  send(news: WorkerNews): void {
    this.#sendDeliveries();
    this.#context?.progress(news);
  }

  #sendDeliveries(): void {
    this.#due = false;
    if (this.#deliveries.length === 0) return;
    const tasks = this.#deliveries;
    this.#deliveries = [];
    this.#bytes = 0;
    this.#context?.progress({ tasks } satisfies WorkerNews);
  }
}
