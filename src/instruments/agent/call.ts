// What a handler knows of the command that it carries out.
import type { MessageContext } from '../../mesh/index.js';
import type { RunningCommand } from './command-lane.js';
import type { Client } from './control-lock.js';

/** How often a command that goes on says so, in ms of real time, as the patience is that it renews in the sender. */
const PROGRESS_MS = 1000;

/** One command on its way. */
export class Call {
  #timer: NodeJS.Timeout | undefined;
  #signal: AbortSignal | undefined;

  constructor(
    /** Its item, such as `FITS.OBSERVER`. */
    readonly item: string,
    /** What programs add to a sentence. */
    readonly data: unknown,
    /** Who asks; not proven. */
    readonly client: Client,
    private readonly context: MessageContext,
    private readonly running: RunningCommand | undefined,
    /** It is finished also when who asked has gone. */
    private readonly stays: boolean,
  ) {}

  /** Aborts when it is to end: by another command, its deadline, its driver's failure, or as its sender has gone. */
  get signal(): AbortSignal {
    this.#signal ??= this.#makeSignal();
    return this.#signal;
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

  /** Made when it is asked for: most commands need none. */
  #makeSignal(): AbortSignal {
    if (!this.running) return this.context.signal;
    return this.stays ? this.running.signal : AbortSignal.any([this.running.signal, this.context.signal]);
  }
}
