// Jobs that a worker has sent back without a turn: in which order they come again, so that none overtakes another. What is
// kept are runs of rising tags, not the jobs, of which there may be many.

/** Tags that were sent back one after the other, rising: they come again in that order. */
interface Run {
  /** Those up to this one have come again. */
  passedTag: number;
  lastTag: number;
  /** When the last of them comes again. */
  untilMs: number;
}

/** More than a few are rare: jobs would have to come in falling order. They are taken together then. */
const MOST_RUNS = 8;

export class SentBackLine {
  #runs: Run[] = [];

  /** When the last comes again; 0 when there is none. */
  get untilMs(): number {
    return this.#runs.at(-1)?.untilMs ?? 0;
  }

  /** A job has come: again, or for the first time. @returns whether jobs with lower tags are yet to come again */
  come(tag: number, nowMs: number): boolean {
    this.#runs = this.#runs.filter(({ untilMs }) => untilMs > nowMs);
    const own = this.#runs.find(({ passedTag, lastTag }) => passedTag < tag && tag <= lastTag);
    const isBehind = this.#runs.some((run) => run !== own && run.passedTag < tag);
    if (own) own.passedTag = tag;
    return isBehind;
  }

  /** A job has gone back, to come again after all others. */
  add(tag: number, untilMs: number): void {
    const last = this.#runs.at(-1);
    if (last && tag > last.lastTag) {
      last.lastTag = tag;
      last.untilMs = untilMs;
      return;
    }
    this.#runs.push({ passedTag: tag - 1, lastTag: tag, untilMs });
    if (this.#runs.length > MOST_RUNS) this.#runs.splice(0, 2, joined(this.#runs[0], this.#runs[1]));
  }
}

function joined(a: Run | undefined, b: Run | undefined): Run {
  const runs = [a, b].filter((run) => run !== undefined);
  return {
    passedTag: Math.min(...runs.map(({ passedTag }) => passedTag)),
    lastTag: Math.max(...runs.map(({ lastTag }) => lastTag)),
    untilMs: Math.max(...runs.map(({ untilMs }) => untilMs)),
  };
}
