// Tasks of the tests and benchmarks.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Ignore, Reject, Task } from '../../src/celery/index.js';

/** Computes for so long, and hears nothing meanwhile. */
function holdThread(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

/** No-op. */
export class Noop extends Task<[], null> {
  static override readonly name = 'tests.noop';
  override run() {
    return null;
  }
}

export class NoopIgnored extends Task<[], null> {
  static override readonly name = 'tests.noop_ignored';
  override ignoreResult = true;
  override run() {
    return null;
  }
}

export class Mul extends Task<[number, number], number> {
  static override readonly name = 'tests.mul';
  override run(x: number, y: number) {
    return x * y;
  }
}

/** Takes its time without holding the thread. */
export class Sleep extends Task<[number], string> {
  static override readonly name = 'tests.sleep';
  override async run(ms: number) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return 'slept';
  }
}

/** Holds the thread. */
export class Spin extends Task<[number], string> {
  static override readonly name = 'tests.spin';
  override run(ms: number) {
    holdThread(ms);
    return 'spun';
  }
}

/** Writes lines into a file: when it starts and ends. */
export class Note extends Task<[string, string, number], string> {
  static override readonly name: string = 'tests.note';
  override async run(file: string, text: string, ms: number) {
    appendFileSync(file, `start ${text} ${Date.now()} ${process.pid}\n`);
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    appendFileSync(file, `end ${text} ${Date.now()}\n`);
    return text;
  }
}

export class NoteLate extends Note {
  static override readonly name = 'tests.note_late';
  override acksLate = true;
}

/** Notes its id. */
export class Tick extends Task<[string], void> {
  static override readonly name = 'tests.tick';
  override run(file: string) {
    appendFileSync(file, `${this.request.id}\n`);
  }
}

/** Counts what a chord hands it, and notes that it does. */
export class NoteCount extends Task<[unknown[], string, string], string> {
  static override readonly name = 'tests.note_count';
  override acksLate = true;
  override run(results: unknown[], file: string, text: string) {
    appendFileSync(file, `start ${text} ${Date.now()} ${process.pid}\n`);
    return `${text}:${results.length}`;
  }
}

export class Sum extends Task<[number[]], number> {
  static override readonly name = 'tests.sum';
  override run(numbers: number[]) {
    return numbers.reduce((sum, one) => sum + one, 0);
  }
}

/** What the request says. */
export class Echo extends Task<unknown[], unknown> {
  static override readonly name = 'tests.echo';
  override run(...args: unknown[]) {
    const { signal: _, ...request } = this.request;
    return { args, request };
  }
}

export class Fail extends Task<[string], never> {
  static override readonly name = 'tests.fail';
  override run(text: string): never {
    throw new RangeError(text);
  }
}

/** Fails so often, then succeeds. */
export class Flaky extends Task<[number], number> {
  static override readonly name = 'tests.flaky';
  override autoretryFor = [RangeError];
  override retryBackoff = 0.05;
  override retryJitter = false;
  override maxRetries = 3;
  override run(failures: number) {
    if (this.request.retries < failures) throw new RangeError(`failure ${this.request.retries}`);
    return this.request.retries;
  }
}

export class RetryByHand extends Task<[number], number> {
  static override readonly name = 'tests.retry_by_hand';
  override run(times: number) {
    if (this.request.retries < times)
      this.retry({ countdown: 0.02, exc: new Error('not yet'), maxRetries: 2 });
    return this.request.retries;
  }
}

/** Tells how far it is. */
export class Progress extends Task<[number], string> {
  static override readonly name = 'tests.progress';
  override async run(ms: number) {
    this.updateState({ state: 'PROGRESS', meta: { done: 1, of: 2 } });
    await new Promise((resolve) => setTimeout(resolve, ms));
    return 'done';
  }
}

/** Tidies up when its time is over, or when it is terminated. */
export class Careful extends Task<[string], string> {
  static override readonly name = 'tests.careful';
  override async run(file: string) {
    appendFileSync(file, `open ${process.pid}\n`);
    const { signal } = this.request;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    appendFileSync(file, 'closed\n');
    return 'tidied';
  }
}

/** As {@link Careful}, by a signal that is made of its own and another. */
export class CarefulOfTwo extends Task<[string], string> {
  static override readonly name = 'tests.careful_of_two';
  override async run(file: string) {
    appendFileSync(file, `open ${process.pid}\n`);
    const either = AbortSignal.any([this.request.signal, AbortSignal.timeout(600_000)]);
    await new Promise<void>((resolve) => either.addEventListener('abort', () => resolve(), { once: true }));
    await pause(20);
    appendFileSync(file, 'closed\n');
    return 'tidied';
  }
}

/** Waits as its signal allows. */
export class Nap extends Task<[number], string> {
  static override readonly name = 'tests.nap';
  override run(ms: number) {
    return pause(ms, 'slept', { signal: this.request.signal });
  }
}

/** Hears its signal, and goes on. */
export class Stubborn extends Task<[string], string> {
  static override readonly name = 'tests.stubborn';
  override async run(file: string) {
    this.request.signal.addEventListener('abort', () => appendFileSync(file, 'heard\n'));
    await pause(600_000);
    return 'done';
  }
}

/** Spawns a process that would go on for long. */
export class Spawner extends Task<[string], null> {
  static override readonly name = 'tests.spawner';
  override async run(file: string) {
    const child = spawn('sleep', ['300'], { stdio: 'ignore' });
    appendFileSync(file, `${child.pid}\n`);
    await new Promise((resolve) => setTimeout(resolve, 300_000));
    return null;
  }
}

/** Ends its own process. */
export class Suicide extends Task<[string], null> {
  static override readonly name: string = 'tests.suicide';
  override run(file: string): null {
    appendFileSync(file, `start ${this.request.deliveryInfo.redelivered}\n`);
    if (!this.request.deliveryInfo.redelivered) process.kill(process.pid, 'SIGKILL');
    return null;
  }
}

export class SuicideLate extends Suicide {
  static override readonly name = 'tests.suicide_late';
  override acksLate = true;
}

export class Limited extends Task<[number], number> {
  static override readonly name = 'tests.limited';
  override rateLimit = '20/s';
  override run(n: number) {
    return n;
  }
}

export class Refuses extends Task<[string], null> {
  static override readonly name = 'tests.refuses';
  override acksLate = true;
  override run(how: string): null {
    if (how === 'ignore') throw new Ignore();
    throw new Reject('not for me', false);
  }
}

/** Refuses its first delivery, to be delivered again; notes each start and end of the others. */
export class SecondTime extends Task<[file: string, ms: number], string> {
  static override readonly name = 'tests.second_time';
  override async run(file: string, ms: number): Promise<string> {
    if (!this.request.deliveryInfo.redelivered) throw new Reject('later', true);
    appendFileSync(file, 'start\n');
    await new Promise((resolve) => setTimeout(resolve, ms));
    appendFileSync(file, 'end\n');
    return 'done';
  }
}

/** Says how it is called, in each option that a class can have. */
export class Particular extends Task<[unknown?], unknown> {
  static override readonly name = 'tests.particular';
  override queue = 'particular_q';
  override priority = 6;
  override expires = 3_600;
  override serializer = 'msgpack';
  override timeLimit = 30;
  override run(...args: unknown[]) {
    const { signal: _, ...request } = this.request;
    return { args, request };
  }
}

export class ParticularIgnored extends Task<[number], number> {
  static override readonly name = 'tests.particular_ignored';
  override ignoreResult = true;
  override timeLimit = 0.2;
  override queue = 'particular_q';
  override run(ms: number) {
    holdThread(ms);
    return ms;
  }
}

/** Fails, or takes too long, and its message is not acknowledged then. */
export class FailLate extends Task<[string, number?], null> {
  static override readonly name = 'tests.fail_late';
  override acksLate = true;
  override acksOnFailureOrTimeout = false;
  override run(file: string, ms = 0): null {
    appendFileSync(file, 'start\n');
    holdThread(ms);
    throw new RangeError('out of the field');
  }
}

/** Tries once more, and tells what it was given then. */
export class TellsRetry extends Task<[unknown?, unknown?], unknown> {
  static override readonly name = 'tests.tells_retry';
  override run(...args: unknown[]) {
    const { signal: _, ...request } = this.request;
    if (request.retries === 0) this.retry({ countdown: 0.01 });
    return { args, request };
  }
}

/** Its next attempt cannot be sent. */
export class BadRetry extends Task<[], null> {
  static override readonly name = 'tests.bad_retry';
  override run(): null {
    return this.retry({ countdown: 0, queue: 'no such name!' });
  }
}

const kept: Buffer[] = [];

/** Keeps so much memory. @returns the pid */
export class Grow extends Task<[number], number> {
  static override readonly name = 'tests.grow';
  override run(mib: number) {
    kept.push(Buffer.alloc(mib * 2 ** 20, 1));
    return process.pid;
  }
}

/** Tells of its progress with so many bytes, then returns so many. */
export class Large extends Task<[ms: number, bytes: number, meta?: number], string> {
  static override readonly name = 'tests.large';
  override async run(ms: number, bytes: number, meta = 0) {
    if (meta > 0) this.updateState({ state: 'PROGRESS', meta: 'x'.repeat(meta) });
    await pause(ms);
    return 'x'.repeat(bytes);
  }
}

/** Fails with a text of so many bytes. */
export class FailsAtLength extends Task<[number], never> {
  static override readonly name = 'tests.fails_at_length';
  override run(bytes: number): never {
    throw new RangeError('x'.repeat(bytes));
  }
}
