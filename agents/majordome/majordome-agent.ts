// The agent that runs the night: follows the schedule, one sequence at a time.
import type { Timer } from '../../src/clock/index.js';
import { errorText } from '../../src/errors/index.js';
import { Agent, action, deliver, type Environment } from '../../src/mesh/index.js';
import {
  LIST_SEQUENCES,
  OBSERVATION_FAILED,
  OBSERVATION_FINISHED,
  SCHEDULE_READY,
  type ScheduledSequence,
} from '../../src/observatory/index.js';
import { isOver, newRecord, type SequenceRecord, summary } from './sequence-record.js';
import { runSequence } from './sequence-run.js';

/** Sequences that are remembered after they are over. */
const REMEMBERED = 200;
/** Sequences that `Status` shows. */
const SHOWN = 5;

export class MajordomeAgent extends Agent {
  static readonly MSG_SCHEDULE_READY = SCHEDULE_READY.text;
  /** By sequence id, in order of arrival. */
  #records = new Map<string, SequenceRecord>();
  #running: Promise<void> | undefined;
  #wakeUp: Timer | undefined;
  #stop = new AbortController();

  constructor(environment: Environment) {
    super(Agent.MAJORDOME, environment);
    this.actionsByMessage.set(
      SCHEDULE_READY.text,
      action(SCHEDULE_READY, ({ entries }) => this.#follow(entries)),
    );
    this.actionsByMessage.set(
      LIST_SEQUENCES.text,
      action(LIST_SEQUENCES, () => ({ sequences: this.#newest(REMEMBERED).map(summary) })),
    );
  }

  protected override async shutdown(): Promise<void> {
    this.#stop.abort(new Error('the majordome is stopping'));
    this.#wakeUp?.cancel();
    await this.#running;
  }

  protected override status(): Record<string, unknown> {
    const waiting = [...this.#records.values()].filter(({ state }) => state === 'SCHEDULED').length;
    return { waiting, lastSequences: this.#newest(SHOWN).map(summary) };
  }

  /** Sequences that have begun go on; those that have not follow the new schedule. */
  #follow(entries: ScheduledSequence[]): void {
    for (const [id, { state }] of this.#records) if (state === 'SCHEDULED') this.#records.delete(id);
    for (const entry of entries) {
      if (!this.#records.has(entry.sequence.id)) this.#records.set(entry.sequence.id, newRecord(entry));
    }
    this.#forget();
    this.#runDue();
  }

  /** Runs what is due, and wakes up again when the next is. */
  #runDue(): void {
    this.#wakeUp?.cancel();
    if (this.#running || this.#stop.signal.aborted) return;
    const next = [...this.#records.values()]
      .filter(({ state }) => state === 'SCHEDULED')
      .sort((a, b) => a.scheduled.startMs - b.scheduled.startMs)[0];
    if (!next) return;
    const waitMs = next.scheduled.startMs - this.clock.now();
    if (waitMs > 0) {
      this.#wakeUp = this.clock.after(waitMs, () => this.#runDue());
      return;
    }
    this.#running = this.#run(next).finally(() => {
      this.#running = undefined;
      this.#runDue();
    });
  }

  async #run(record: SequenceRecord): Promise<void> {
    const { name, sequence } = record.scheduled;
    const { signal } = this.#stop;
    try {
      await runSequence(record, { clock: this.clock, log: this.log, signal });
      record.state = 'FINISHED';
      this.log.info(`${name}: finished, ${record.images.length} images`);
    } catch (error) {
      record.state = 'FAILED';
      record.reason = errorText(error);
      this.reportError(`sequence ${sequence.id} of ${name}`, error);
    }
    record.times.endMs = this.clock.now();
    if (!signal.aborted)
      this.#tell(record).catch((error) => signal.aborted || this.reportError('the scheduler', error));
  }

  #tell({ scheduled, state, reason, images }: SequenceRecord): Promise<void> {
    const message = state === 'FINISHED' ? OBSERVATION_FINISHED : OBSERVATION_FAILED;
    const data = {
      sequence: scheduled.sequence.id,
      images: images.map(({ path }) => path),
      ...(reason && { reason }),
    };
    return deliver(Agent.SCHEDULER, message, data, this.#stop.signal);
  }

  #newest(number: number): SequenceRecord[] {
    return [...this.#records.values()].slice(-number).reverse();
  }

  #forget(): void {
    const over = [...this.#records].filter(([, record]) => isOver(record));
    for (const [id] of over.slice(0, Math.max(0, over.length - REMEMBERED))) this.#records.delete(id);
  }
}
