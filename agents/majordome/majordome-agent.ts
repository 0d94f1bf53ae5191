// The agent that runs the night: follows the schedule, one sequence at a time.
import type { Timer } from '../../src/clock/index.js';
import { errorText } from '../../src/errors/index.js';
import {
  Agent,
  action,
  type Environment,
  type MessageContext,
  Sender,
  storedAction,
} from '../../src/mesh/index.js';
import {
  isOfNight,
  LIST_SEQUENCES,
  OBSERVATION_FAILED,
  OBSERVATION_FINISHED,
  OTHER_NIGHT,
  SCHEDULE_READY,
  type ScheduledSequence,
} from '../../src/observatory/index.js';
import type { Table } from '../../src/store/index.js';
import { isOver, newRecord, type SequenceRecord, summary } from './sequence-record.js';
import { runSequence } from './sequence-run.js';

/** Sequences that `Sequences` lists. */
const LISTED = 200;
/** Sequences that `Status` shows. */
const SHOWN = 5;

export class MajordomeAgent extends Agent {
  static readonly MSG_SCHEDULE_READY = SCHEDULE_READY.text;
  /** On disk, by sequence id. */
  #table: Table<string, SequenceRecord> | undefined;
  /** Those that are not over, by sequence id; the objects that runs work on. */
  #open = new Map<string, SequenceRecord>();
  /** The newest that are over. */
  #over: SequenceRecord[] = [];
  #lastNumber = 0;
  #running: Promise<void> | undefined;
  #wakeUp: Timer | undefined;
  #stop = new AbortController();

  constructor(environment: Environment) {
    super(Agent.MAJORDOME, environment);
    this.actionsByMessage.set(
      SCHEDULE_READY.text,
      storedAction(SCHEDULE_READY, ({ entries }, context) => this.#follow(entries, context)),
    );
    this.actionsByMessage.set(
      LIST_SEQUENCES.text,
      action(LIST_SEQUENCES, () => ({ sequences: this.#newest(LISTED).map(summary) })),
    );
  }

  /** What was not over when the agent stopped goes on. */
  protected override async work(): Promise<void> {
    this.#table = this.store.table('sequences');
    const records = [...this.#table.entries()].map(({ value }) => value).sort((a, b) => a.number - b.number);
    this.#lastNumber = records.at(-1)?.number ?? 0;
    this.#over = records.filter(isOver).slice(-LISTED);
    this.#open = new Map(
      records.filter((record) => !isOver(record)).map((record) => [record.scheduled.sequence.id, record]),
    );
    await this.#dropOtherNights();
    for (const { scheduled } of this.#open.values())
      this.log.info(`${scheduled.name}: goes on after a restart`);
    this.#runDue();
  }

  protected override async shutdown(): Promise<void> {
    this.#stop.abort(new Error('the majordome is stopping'));
    this.#wakeUp?.cancel();
    await this.#running;
  }

  protected override status(): Record<string, unknown> {
    return { waiting: this.#waiting().length, lastSequences: this.#newest(SHOWN).map(summary) };
  }

  /** A simulated clock that was started again has gone back: what was under way is over. */
  async #dropOtherNights(): Promise<void> {
    const dropped = [...this.#open.values()].filter(
      ({ scheduled }) => !isOfNight(scheduled, this.environment.night),
    );
    for (const record of dropped) {
      this.log.warn(`${record.scheduled.name}: failed: ${OTHER_NIGHT}`);
      record.state = 'FAILED';
      record.reason = OTHER_NIGHT;
      await this.#conclude(record);
      this.#open.delete(record.scheduled.sequence.id);
      this.#over.push(record);
    }
  }

  /** Sequences that have begun go on; those that have not follow the new schedule. */
  #follow(schedule: ScheduledSequence[], context: MessageContext): void {
    // A schedule may have waited for this agent since an earlier night.
    const entries = schedule.filter((entry) => isOfNight(entry, this.environment.night));
    const wanted = new Set(entries.map(({ sequence }) => sequence.id));
    const dropped = this.#waiting()
      .map(({ scheduled }) => scheduled.sequence.id)
      .filter((id) => !wanted.has(id));
    for (const id of dropped) this.#table?.remove(id);
    let number = this.#lastNumber;
    const changed = entries.flatMap((entry) => {
      const known = this.#open.get(entry.sequence.id) ?? this.#table?.get(entry.sequence.id);
      if (known && known.state !== 'SCHEDULED') return [];
      number += 1;
      return newRecord(entry, known?.number ?? number);
    });
    for (const record of changed) this.#table?.put(record.scheduled.sequence.id, record);
    context.onCommitted(() => {
      this.#lastNumber = number;
      for (const id of dropped) if (this.#open.get(id)?.state === 'SCHEDULED') this.#open.delete(id);
      for (const record of changed) this.#adopt(record);
      this.#runDue();
    });
  }

  /** A sequence that has begun while the schedule was written is left as it is. */
  #adopt(record: SequenceRecord): void {
    const { id } = record.scheduled.sequence;
    const known = this.#open.get(id);
    if (!known || known.state === 'SCHEDULED') this.#open.set(id, record);
  }

  #waiting(): SequenceRecord[] {
    return [...this.#open.values()].filter(({ state }) => state === 'SCHEDULED');
  }

  /** Runs what is due, and wakes up again when the next is. What was interrupted goes first. */
  #runDue(): void {
    this.#wakeUp?.cancel();
    if (this.#running || this.#stop.signal.aborted) return;
    const interrupted = [...this.#open.values()].find((record) => record.state !== 'SCHEDULED');
    const next = interrupted ?? this.#waiting().sort((a, b) => a.scheduled.startMs - b.scheduled.startMs)[0];
    if (!next) return;
    const waitMs = interrupted ? 0 : next.scheduled.startMs - this.clock.now();
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
    const save = () => this.store.transaction(() => this.#table?.put(sequence.id, record));
    try {
      await runSequence(record, { clock: this.clock, log: this.log, signal, save });
      record.state = 'FINISHED';
      this.log.info(`${name}: finished, ${record.images.length} images`);
    } catch (error) {
      // Stopped, not failed: it goes on after the restart.
      if (signal.aborted) return;
      record.state = 'FAILED';
      record.reason = errorText(error);
      this.reportError(`sequence ${sequence.id} of ${name}`, error);
    }
    record.times.endMs = this.clock.now();
    this.#open.delete(sequence.id);
    this.#over = [...this.#over, record].slice(-LISTED);
    await this.#conclude(record).catch((error) =>
      this.reportError(`the end of ${name} cannot be kept`, error),
    );
  }

  /** The end and the message that tells of it are kept in one transaction. */
  async #conclude(record: SequenceRecord): Promise<void> {
    const { scheduled, state, reason, images } = record;
    const { id } = scheduled.sequence;
    const message = state === 'FINISHED' ? OBSERVATION_FINISHED : OBSERVATION_FAILED;
    await this.store.transaction(() => {
      this.#table?.put(id, record);
      const data = { sequence: id, images: images.map(({ path }) => path), ...(reason && { reason }) };
      void Sender.post(Agent.SCHEDULER, message, data);
    });
  }

  #newest(number: number): SequenceRecord[] {
    return [...this.#over, ...this.#open.values()].sort((a, b) => b.number - a.number).slice(0, number);
  }
}
