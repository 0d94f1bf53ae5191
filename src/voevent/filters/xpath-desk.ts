// XPath filters, evaluated in a thread of their own, each within a budget. One that is too costly is given up, and
// whoever wanted it is told; the thread is made anew then, and goes on with the others.
import { Worker } from 'node:worker_threads';
import { quoted, VOEventError } from '../errors.js';
import type { XPathAnswer, XPathOrder } from './xpath-orders.js';

/** Limits of XPath filters. */
export interface XPathLimits {
  /** Longest time of one evaluation. @defaultValue 250 */
  evaluationMs: number;
  /** Part of the time of the thread that one filter may take for long. @defaultValue 0.1 */
  share: number;
  /** Different filters at once. @defaultValue 1000 */
  maxFilters: number;
  /** Characters of one. @defaultValue 4096 */
  maxLength: number;
  /** Bytes of events that wait to be looked at. @defaultValue 32 MiB */
  maxWaitingBytes: number;
}

export const XPATH_LIMITS: Readonly<XPathLimits> = Object.freeze({
  evaluationMs: 250,
  share: 0.1,
  maxFilters: 1000,
  maxLength: 4096,
  maxWaitingBytes: 32 * 1024 * 1024,
});

/** Time that a filter may have saved up, as a multiple of the longest evaluation. */
const SAVED_EVALUATIONS = 4;
/** Making the thread takes its time, and so does reading a large event; neither is the filter's fault. */
const OVERHEAD_MS = 5_000;

interface Filter {
  readonly id: number;
  readonly text: string;
  users: number;
  /** Set when it was given up. */
  fault?: string;
  /** Time that it may still take. */
  savedMs: number;
  lastMs: number;
}

interface Job {
  order: XPathOrder;
  resolve(answer: XPathAnswer): void;
}

export class XPathDesk {
  readonly #limits: XPathLimits;
  #worker: Worker | undefined;
  #current = new Int32Array(new SharedArrayBuffer(8));
  #filters = new Map<string, Filter>();
  #jobs: Job[] = [];
  #nextJob = 1;
  #nextId = 1;
  #waitingBytes = 0;
  #watch: NodeJS.Timeout | undefined;
  #closed = false;
  /** Filters given up since the start. */
  givenUp = 0;

  constructor(limits: Partial<XPathLimits> = {}) {
    this.#limits = { ...XPATH_LIMITS, ...limits };
  }

  /**
   * Compiles a filter; each `use` needs its `release`.
   * @throws VOEventError `VOEVENT_FILTER`
   */
  async use(text: string): Promise<void> {
    const known = this.#filters.get(text);
    if (known) {
      if (known.fault !== undefined) throw bad(text, known.fault);
      known.users += 1;
      return;
    }
    const { maxLength, maxFilters, evaluationMs } = this.#limits;
    if (text.length > maxLength) throw bad(text, `it has over ${maxLength} characters`);
    if (this.#filters.size >= maxFilters) throw bad(text, `there are ${maxFilters} others already`);
    const savedMs = SAVED_EVALUATIONS * evaluationMs;
    const filter: Filter = { id: this.#nextId++, text, users: 1, savedMs, lastMs: performance.now() };
    this.#filters.set(text, filter);
    const { error } = await this.#order({ job: 0, kind: 'compile', id: filter.id, text });
    if (error === undefined && filter.fault === undefined) return;
    this.#filters.delete(text);
    throw bad(text, error ?? filter.fault ?? '');
  }

  release(text: string): void {
    const filter = this.#filters.get(text);
    if (!filter) return;
    filter.users -= 1;
    if (filter.users > 0) return;
    this.#filters.delete(text);
    void this.#order({ job: 0, kind: 'forget', id: filter.id });
  }

  /** Why a filter was given up. */
  faultOf(text: string): string | undefined {
    return this.#filters.get(text)?.fault;
  }

  /**
   * Which of the filters an event passes, in the order of asking. `undefined` when too many events wait: nobody is
   * served by a filter then.
   */
  async evaluate(bytes: Uint8Array, texts: Iterable<string>): Promise<ReadonlySet<string> | undefined> {
    const filters = [...texts].flatMap((text) => this.#filters.get(text) ?? []);
    const sound = filters.filter(({ fault }) => fault === undefined);
    if (sound.length === 0) return new Set();
    if (this.#waitingBytes + bytes.length > this.#limits.maxWaitingBytes) return undefined;
    this.#waitingBytes += bytes.length;
    const ids = sound.map(({ id }) => id);
    const { verdicts = [] } = await this.#order({ job: 0, kind: 'evaluate', bytes, ids });
    this.#waitingBytes -= bytes.length;
    const byId = new Map(sound.map((filter) => [filter.id, filter]));
    const passed = new Set<string>();
    for (const [id, isPassed, ms] of verdicts) {
      const filter = byId.get(id);
      if (filter) this.#spend(filter, ms);
      if (filter && isPassed) passed.add(filter.text);
    }
    return passed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#watch);
    const worker = this.#worker;
    this.#worker = undefined;
    for (const { resolve, order } of this.#jobs.splice(0)) resolve({ job: order.job, error: 'closed' });
    await worker?.terminate();
  }

  /** Time comes back to a filter slowly; one that has none left is given up. */
  #spend(filter: Filter, ms: number): void {
    const { evaluationMs, share } = this.#limits;
    const nowMs = performance.now();
    const saved = filter.savedMs + (nowMs - filter.lastMs) * share;
    filter.lastMs = nowMs;
    filter.savedMs = Math.min(SAVED_EVALUATIONS * evaluationMs, saved) - ms;
    if (filter.savedMs < 0) this.#giveUp(filter, `it takes more than ${share * 100} % of the time`);
  }

  #giveUp(filter: Filter, fault: string): void {
    if (filter.fault !== undefined) return;
    filter.fault = fault;
    this.givenUp += 1;
  }

  #order(order: XPathOrder): Promise<XPathAnswer> {
    order.job = this.#nextJob++;
    if (this.#closed) return Promise.resolve({ job: order.job, error: 'the filters are closed' });
    return new Promise((resolve) => {
      this.#jobs.push({ order, resolve });
      this.#start().postMessage(order);
      if (this.#jobs.length === 1) this.#watchFirst();
    });
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    Atomics.store(this.#current, 0, -1);
    // libxml2 writes what it thinks of an expression on standard error.
    const options = { workerData: this.#current.buffer, stderr: true, stdout: true, execArgv: [] };
    const worker = new Worker(new URL('./xpath-worker.js', import.meta.url), options);
    worker.unref();
    worker.stderr.resume();
    worker.on('message', (answer: XPathAnswer) => this.#answered(worker, answer));
    worker.on('error', () => this.#restart(worker, 'it has ended the thread of the filters'));
    this.#worker = worker;
    return worker;
  }

  #answered(worker: Worker, answer: XPathAnswer): void {
    if (worker !== this.#worker) return;
    const [first] = this.#jobs;
    if (first?.order.job !== answer.job) return;
    this.#jobs.shift();
    clearTimeout(this.#watch);
    if (this.#jobs.length > 0) this.#watchFirst();
    first.resolve(answer);
  }

  /** Looks again and again whether one filter has been evaluated for too long. */
  #watchFirst(): void {
    const { evaluationMs } = this.#limits;
    const begunMs = performance.now();
    let seen = -1;
    const look = () => {
      const evaluation = Atomics.load(this.#current, 1);
      const isStuck = Atomics.load(this.#current, 0) >= 0 && evaluation === seen;
      seen = evaluation;
      if (isStuck) this.#restart(this.#worker, `one evaluation takes over ${evaluationMs} ms`);
      else if (performance.now() - begunMs > OVERHEAD_MS + evaluationMs * 100)
        this.#restart(this.#worker, 'its thread is stuck');
      else this.#watch = setTimeout(look, evaluationMs).unref();
    };
    clearTimeout(this.#watch);
    this.#watch = setTimeout(look, evaluationMs).unref();
  }

  /** Ends the thread, gives up the filter that it was at, and orders all that waits of a new one. */
  #restart(worker: Worker | undefined, fault: string): void {
    if (!worker || worker !== this.#worker) return;
    this.#worker = undefined;
    void worker.terminate();
    const id = Atomics.load(this.#current, 0);
    this.#current = new Int32Array(new SharedArrayBuffer(8));
    const culprit = [...this.#filters.values()].find((filter) => filter.id === id);
    if (culprit) this.#giveUp(culprit, fault);
    else this.#dropFirst();
    const fresh = this.#start();
    for (const filter of this.#filters.values()) {
      if (filter.fault === undefined) fresh.postMessage(this.#compileAgain(filter));
    }
    for (const { order } of this.#jobs) {
      if (order.kind === 'evaluate') order.ids = order.ids.filter((one) => one !== id);
      fresh.postMessage(order);
    }
    if (this.#jobs.length > 0) this.#watchFirst();
  }

  /** No filter is at fault: the event itself has brought the thread down. */
  #dropFirst(): void {
    const first = this.#jobs.shift();
    first?.resolve({ job: first.order.job, error: 'the thread of the filters has ended' });
  }

  /** Answers to it are not waited for. */
  #compileAgain({ id, text }: Filter): XPathOrder {
    return { job: 0, kind: 'compile', id, text };
  }
}

function bad(text: string, reason: string): VOEventError {
  return new VOEventError('VOEVENT_FILTER', `the XPath filter ${quoted(text)} is no good: ${reason}`);
}
