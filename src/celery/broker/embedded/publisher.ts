// Tasks on their way to the broker: those of one moment go together, and again when the broker was away.

import { errorCode } from '../../../errors/index.js';
import { AnswerError, type MessageType, type SendOptions } from '../../../mesh/index.js';
import { CeleryError, type CeleryErrorCode } from '../../errors.js';
import { type PackedTask, PUBLISH } from './protocol.js';

/** Sends a message to the broker. */
export type BrokerRequest = <T>(type: MessageType<T>, data: T, options?: SendOptions) => Promise<unknown>;

interface Waiting {
  task: PackedTask;
  retry: boolean;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const BATCH = 1_000;
const BATCH_BYTES = 1024 * 1024;
/** What the message adds to its task. */
const ENVELOPE_BYTES = 4096;
/** Celery's retry policy: the first retry at once, each next so much later, up to the longest. */
const STEP_MS = 200;
const LONGEST_PAUSE_MS = 1_000;
const MAX_RETRIES = 12;
const WORTH_RETRYING: ReadonlySet<string> = new Set([
  'UNREACHABLE',
  'CONNECTION_LOST',
  'STOPPING',
  'REQUEST_TIMEOUT',
]);
const OWN_CODES: ReadonlySet<string> = new Set(['QUEUE_FULL', 'BROKER_FULL']);

export class Publisher {
  #waiting: Waiting[] = [];
  #due = false;

  constructor(
    private readonly client: string,
    private readonly payloadLimitBytes: number,
    private readonly request: BrokerRequest,
  ) {}

  /** Resolves when the broker has it on disk. @throws CeleryError, MeshError */
  publish(task: PackedTask, retry: boolean): Promise<void> {
    const bytes = task[6].length;
    if (bytes > this.payloadLimitBytes - ENVELOPE_BYTES) {
      const text = `the message of task ${task[0]} has ${bytes} bytes, and [mesh] payload_limit is ${this.payloadLimitBytes}`;
      return Promise.reject(new CeleryError('MESSAGE_TOO_LARGE', text));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, retry, resolve, reject });
      if (this.#due) return;
      this.#due = true;
      queueMicrotask(() => this.#sendAll());
    });
  }

  #sendAll(): void {
    this.#due = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    let begin = 0;
    let bytes = 0;
    for (const [index, { task }] of waiting.entries()) {
      const isFull = index - begin >= BATCH || bytes + task[6].length > BATCH_BYTES;
      if (isFull && index > begin) {
        void this.#send(waiting.slice(begin, index));
        begin = index;
        bytes = 0;
      }
      bytes += task[6].length;
    }
    if (begin < waiting.length) void this.#send(begin === 0 ? waiting : waiting.slice(begin));
  }

  async #send(batch: Waiting[]): Promise<void> {
    let left = batch;
    for (let attempt = 0; left.length > 0; attempt += 1) {
      try {
        await this.request(PUBLISH, {
          client: this.client,
          again: attempt > 0,
          tasks: left.map(({ task }) => task),
        });
        for (const { resolve } of left) resolve();
        return;
      } catch (error) {
        const mayRetry = attempt < MAX_RETRIES && WORTH_RETRYING.has(errorCode(error) ?? '');
        const refused = brokerError(error);
        for (const { retry, reject } of left) if (!mayRetry || !retry) reject(refused);
        left = mayRetry ? left.filter(({ retry }) => retry) : [];
        if (left.length > 0) await pause(Math.min(LONGEST_PAUSE_MS, STEP_MS * attempt));
      }
    }
  }
}

/** The broker's own refusals bear Celery's class. */
export function brokerError(error: unknown): unknown {
  const code = errorCode(error);
  if (!(error instanceof AnswerError) || !code || !OWN_CODES.has(code)) return error;
  return new CeleryError(code as CeleryErrorCode, error.message, error);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
