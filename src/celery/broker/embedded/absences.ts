// Workers whose connection has ended: a short trouble, or their own end, which is seen at once on this host.
import { hasEnded } from './process-life.js';
import type { WorkerSession } from './worker-session.js';

/** How often absent workers are looked at. */
const LOOK_MS = 10;

export class Absences {
  /** Since when. */
  readonly #sinceMs = new Map<string, number>();
  #looks: NodeJS.Timeout | undefined;
  #whenAllBack: (() => void)[] = [];
  /** Name of this host, as workers give theirs. */
  host = '';

  constructor(
    private readonly sessions: ReadonlyMap<string, WorkerSession>,
    private readonly patienceMs: number,
    private readonly onLost: (session: WorkerSession) => void,
    private readonly onAllBack: () => void,
  ) {}

  get size(): number {
    return this.#sinceMs.size;
  }

  add(session: WorkerSession): void {
    this.#sinceMs.set(session.id, performance.now());
  }

  /** It is here again; {@link Absences.check} tells who waits for that. */
  remove(id: string): void {
    this.#sinceMs.delete(id);
  }

  /** Resolves when nobody is away any more: each has come back, or was given up. */
  allBack(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenAllBack.push(resolve));
  }

  /** Looks at once, and again and again while somebody is away. */
  look(): void {
    this.#looks ??= setInterval(() => this.#look(), LOOK_MS).unref();
    this.#look();
  }

  check(): void {
    if (this.size > 0) return;
    this.onAllBack();
    for (const resolve of this.#whenAllBack.splice(0)) resolve();
  }

  stop(): void {
    clearInterval(this.#looks);
  }

  #look(): void {
    for (const [id, sinceMs] of this.#sinceMs) {
      const session = this.sessions.get(id);
      const { pid, startTime, host } = session?.row ?? { pid: 0, startTime: '', host: '' };
      const ended = host === this.host ? hasEnded(pid, startTime) : undefined;
      const patienceOver = performance.now() - sinceMs > this.patienceMs;
      if (session && !ended && !patienceOver) continue;
      this.#sinceMs.delete(id);
      if (session) this.onLost(session);
    }
    if (this.size > 0) return;
    clearInterval(this.#looks);
    this.#looks = undefined;
    this.check();
  }
}
