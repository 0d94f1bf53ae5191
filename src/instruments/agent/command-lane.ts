// Which command goes on, and how it ends: done, stopped, superseded, too late, or its driver gone.
import type { Clock, Timer } from '../../clock/index.js';
import { InstrumentError } from '../errors.js';
import type { Runs } from '../grammar/index.js';

/** A command that goes on. */
export interface RunningCommand {
  /** For people: `DO GOTO`. */
  readonly name: string;
  /** Aborts when it is to end, with the reason. */
  readonly signal: AbortSignal;
  /** Gives it so much more time. */
  extend(seconds: number): void;
}

/** What a command of the lane is like. */
export interface LaneCommand {
  name: string;
  runs: Exclude<Runs, 'now'>;
  deadlineMs: number;
}

/** One command at a time goes on. */
export class CommandLane {
  #running: Running | undefined;

  constructor(
    private readonly clock: Clock,
    /** A command was not over in time: its driver is no good. */
    private readonly onTimeout: (reason: InstrumentError) => void,
  ) {}

  /** The command that goes on. */
  get running(): RunningCommand | undefined {
    return this.#running;
  }

  /**
   * Runs a command, according to what goes on.
   * @throws InstrumentError `BUSY`; `ABORTED`, `TIMEOUT` or the driver's reason at once when it is ended, whether
   *   `work` heeds that or not; what `work` throws
   */
  async run<T>(command: LaneCommand, work: (running: RunningCommand) => Promise<T>): Promise<T> {
    this.#makeRoom(command);
    const running = new Running(command, this.clock);
    this.#running = running;
    const done = work(running);
    try {
      return await Promise.race([done, running.ended]);
    } catch (error) {
      done.catch(() => undefined);
      if (running.timedOut) this.onTimeout(running.signal.reason);
      throw error;
    } finally {
      running.close();
      if (this.#running === running) this.#running = undefined;
    }
  }

  /** Ends what goes on. */
  end(reason: InstrumentError): void {
    this.#running?.abort(reason);
  }

  #makeRoom({ name, runs }: LaneCommand): void {
    const running = this.#running;
    if (!running) return;
    if (runs === 'alone')
      throw new InstrumentError('BUSY', `${running.name} goes on: wait for its end, or DO STOP`);
    running.abort(new InstrumentError('ABORTED', `${running.name} was ended by ${name}`));
  }
}

class Running implements RunningCommand {
  readonly name: string;
  /** Rejects when the command is ended from outside. */
  readonly ended: Promise<never>;
  timedOut = false;
  readonly #controller = new AbortController();
  readonly #startMs: number;
  #deadlineMs: number;
  #timer: Timer | undefined;

  constructor(
    { name, deadlineMs }: LaneCommand,
    private readonly clock: Clock,
  ) {
    this.name = name;
    this.#startMs = clock.now();
    this.#deadlineMs = deadlineMs;
    const { signal } = this.#controller;
    this.ended = new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    this.ended.catch(() => undefined);
    this.#wait();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  extend(seconds: number): void {
    this.#deadlineMs += seconds * 1000;
    this.#wait();
  }

  abort(reason: InstrumentError): void {
    this.#controller.abort(reason);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #wait(): void {
    this.#timer?.cancel();
    const leftMs = this.#startMs + this.#deadlineMs - this.clock.now();
    this.#timer = this.clock.after(Math.max(0, leftMs), () => {
      this.timedOut = true;
      const text = `${this.name} was not over after ${Math.round(this.#deadlineMs / 1000)} s`;
      this.abort(new InstrumentError('TIMEOUT', text));
    });
  }
}
