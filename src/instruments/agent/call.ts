// What a handler knows of the command that it carries out.
import type { MessageContext } from '../../mesh/index.js';
import type { RunningCommand } from './command-lane.js';

/** How often a command that goes on says so, in ms of real time, as the patience is that it renews in the sender. */
const PROGRESS_MS = 1000;

/** One command on its way. */
export class Call {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    /** Its item, such as `FITS.OBSERVER`. */
    readonly item: string,
    /** What programs add to a sentence. */
    readonly data: unknown,
    private readonly context: MessageContext,
    private readonly running: RunningCommand | undefined,
    /** Aborts when it is to end: by another command, its deadline, its driver's failure, or as its sender has gone. */
    readonly signal: AbortSignal,
  ) {}

  /** Name of the agent that asks; not proven. */
  get from(): string | undefined {
    return this.context.from;
  }

  /** Gives it so much more time than its row does. */
  extend(seconds: number): void {
    this.running?.extend(seconds);
  }

  /** Tells now and every second when it will be over, and what else there is to tell. */
  progress(etaS: () => number, more: () => Record<string, unknown> = () => ({})): void {
    const tell = () => this.context.progress({ ETA: Math.max(0, etaS()), ...more() });
    clearInterval(this.#timer);
    tell();
    this.#timer = setInterval(tell, PROGRESS_MS).unref();
  }

  /** It is over. */
  close(): void {
    clearInterval(this.#timer);
  }
}
