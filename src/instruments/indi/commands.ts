// Commands that wait for their property to say how they went.
import type { Clock, Timer } from '../../clock/index.js';
import { InstrumentError } from '../errors.js';
import { shown } from './errors.js';
import type { IndiVector } from './vector.js';

/** How a command is waited for. */
export interface CommandWait {
  /** After that it has failed: INDI answers what it does not understand with silence. */
  deadlineMs: number;
  /** Gives up waiting; the device goes on. */
  signal?: AbortSignal | undefined;
  /**
   * Whether what the device tells means that the command is done. An `Alert` has always failed.
   * @param wasBusy - whether it was `Busy` since the command
   * @defaultValue the state is not `Busy`
   */
  isDone?: (vector: IndiVector, wasBusy: boolean) => boolean;
}

interface Running {
  device: string;
  name: string;
  title: string;
  wasBusy: boolean;
  isDone: NonNullable<CommandWait['isDone']>;
  end(error: InstrumentError | undefined, vector?: IndiVector): void;
}

/** Keeps the running commands of one connection: at most one for each property. */
export class RunningCommands {
  readonly #running = new Map<string, Running>();

  constructor(
    private readonly clock: Clock,
    /** The last words of a device: why it says no. */
    private readonly reasonOf: (device: string) => string | undefined,
  ) {}

  get count(): number {
    return this.#running.size;
  }

  /**
   * Waits until `vector` tells that its command is done.
   * @throws InstrumentError (rejects) `DRIVER` when it was refused, has failed, or the driver has died; `TIMEOUT`;
   *   `ABORTED` by the signal, or by a newer command for the same property; `NOT_CONNECTED`
   */
  wait({ device, name, title }: IndiVector, wait: CommandWait): Promise<IndiVector> {
    const { deadlineMs, signal, isDone = isNotBusy } = wait;
    const key = keyOf(device, name);
    const newer = new InstrumentError('ABORTED', `the command for ${title} was superseded by a newer one`);
    this.#running.get(key)?.end(newer);
    return new Promise((resolve, reject) => {
      const abort = () => running.end(new InstrumentError('ABORTED', `${title}: called off`, signal?.reason));
      let timer: Timer | undefined;
      const running: Running = {
        device,
        name,
        title,
        wasBusy: false,
        isDone,
        end: (error, vector) => {
          if (this.#running.get(key) === running) this.#running.delete(key);
          timer?.cancel();
          signal?.removeEventListener('abort', abort);
          if (error) reject(error);
          else resolve(vector as IndiVector);
        },
      };
      this.#running.set(key, running);
      timer = this.clock.after(deadlineMs, () => running.end(late(title, deadlineMs)));
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** A property has told something. */
  onSet(vector: IndiVector): void {
    const running = this.#running.get(keyOf(vector.device, vector.name));
    if (!running) return;
    if (vector.state === 'Alert') running.end(this.#refused(vector));
    else if (running.isDone(vector, running.wasBusy)) running.end(undefined, vector);
    else if (vector.state === 'Busy') running.wasBusy = true;
  }

  /** A property is gone, or a device, or (without either) the connection: what runs there has failed. */
  fail(error: InstrumentError, device?: string, name?: string): void {
    for (const running of [...this.#running.values()]) {
      const isOther =
        (device !== undefined && running.device !== device) || (name !== undefined && running.name !== name);
      if (!isOther) running.end(error);
    }
  }

  #refused({ device, title }: IndiVector): InstrumentError {
    const reason = this.reasonOf(device);
    const words = reason === undefined ? 'without a reason' : shown(reason);
    return new InstrumentError('DRIVER', `${title} was refused or failed: ${words}`);
  }
}

function isNotBusy({ state }: IndiVector): boolean {
  return state !== 'Busy';
}

function late(title: string, deadlineMs: number): InstrumentError {
  return new InstrumentError('TIMEOUT', `${title} was not done within ${deadlineMs / 1000} s`);
}

/** No name holds a line feed: attributes have blanks instead. */
function keyOf(device: string, name: string): string {
  return `${device}\n${name}`;
}
