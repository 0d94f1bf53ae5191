// The agent that runs the night: follows the schedule, one sequence at a time, each as a task of Celery; a target of
// opportunity may end the one that runs.
import { randomUUID } from 'node:crypto';
import type { Timer } from '../../src/clock/index.js';
import { DEVICE_VOTE } from '../../src/instruments/index.js';
import {
  Agent,
  action,
  type Environment,
  type MessageContext,
  Sender,
  storedAction,
} from '../../src/mesh/index.js';
import {
  ALERT_RETRACTED,
  BEGIN_SEQUENCE,
  LIST_SEQUENCES,
  ObservationError,
  type ObservationRequest,
  OPPORTUNITY_DECIDED,
  type Opportunity,
  OTHER_NIGHT,
  SCHEDULE_READY,
  SEQUENCE_STEP,
  type SequenceOrder,
  TARGET_OF_OPPORTUNITY,
} from '../../src/observatory/index.js';
import { DomeKeeper } from './dome-keeper.js';
import { judgeOpportunity } from './judge-opportunity.js';
import { SequenceBook } from './sequence-book.js';
import { SequenceEnds } from './sequence-ends.js';
import { imagesTaken, isUnderWay, type SequenceRecord, summary } from './sequence-record.js';
import { SequenceTasks } from './sequence-tasks.js';
import { type Step, takeStep } from './take-step.js';

/** Sequences that `Sequences` lists. */
const LISTED = 200;
/** Sequences that `Status` shows. */
const SHOWN = 5;
/** A task that no worker has begun by then is worth a warning. */
const BEGIN_PATIENCE_MS = 10_000;

export class MajordomeAgent extends Agent {
  static readonly MSG_SCHEDULE_READY = SCHEDULE_READY.text;
  #book: SequenceBook | undefined;
  #ends: SequenceEnds | undefined;
  #tasks: SequenceTasks | undefined;
  #running: Promise<void> | undefined;
  #wakeUp: Timer | undefined;
  #stop = new AbortController();
  readonly #keeper: DomeKeeper;

  constructor(environment: Environment) {
    super(Agent.MAJORDOME, environment);
    this.#keeper = new DomeKeeper({
      config: this.config,
      clock: this.clock,
      log: this.log,
      onClear: () => this.#runDue(),
      onObjection: (reason) => this.#interruptBecause(reason),
      isIdle: () => this.#book?.underWay() === undefined,
    });
    this.actionsByMessage.set(
      DEVICE_VOTE.text,
      action(DEVICE_VOTE, (vote) => this.#keeper.take(vote)),
    );
    this.actionsByMessage.set(
      SCHEDULE_READY.text,
      storedAction(SCHEDULE_READY, ({ entries }, context) => {
        const adopt = this.#pages.follow(entries);
        context.onCommitted(() => {
          adopt();
          this.#runDue();
        });
      }),
    );
    this.actionsByMessage.set(
      TARGET_OF_OPPORTUNITY.text,
      storedAction(TARGET_OF_OPPORTUNITY, (request, context) => this.#opportunity(request, context)),
    );
    this.actionsByMessage.set(
      ALERT_RETRACTED.text,
      storedAction(ALERT_RETRACTED, ({ requests, by }, context) => {
        this.#pages.withdraw(requests, by);
        context.onCommitted(() => this.#endWithdrawn());
      }),
    );
    this.actionsByMessage.set(
      BEGIN_SEQUENCE.text,
      action(BEGIN_SEQUENCE, ({ sequence, task }) => this.#begin(sequence, task)),
    );
    this.actionsByMessage.set(
      SEQUENCE_STEP.text,
      action(SEQUENCE_STEP, (step) => this.#step(step)),
    );
    this.actionsByMessage.set(
      LIST_SEQUENCES.text,
      action(LIST_SEQUENCES, () => ({ sequences: this.#pages.newest(LISTED).map(summary) })),
    );
  }

  get #pages(): SequenceBook {
    if (!this.#book) throw new Error('the majordome has not begun to work');
    return this.#book;
  }

  /** What was not over when the agent stopped goes on. */
  protected override async work(): Promise<void> {
    this.#tasks = new SequenceTasks(this.config, this.clock);
    const book = new SequenceBook(this.store, this.environment.night);
    this.#book = book;
    const report = (what: string, error: unknown) => this.reportError(what, error);
    this.#ends = new SequenceEnds(this.environment, this.store, book, report);
    for (const record of this.#pages.ofOtherNights()) await this.#dropOtherNight(record);
    this.#keeper.start();
    this.#endWithdrawn();
  }

  /** A task that runs goes on without this agent, and is waited for again after its next start. */
  protected override async shutdown(): Promise<void> {
    this.#stop.abort(new Error('the majordome is stopping'));
    this.#wakeUp?.cancel();
    await this.#keeper.end();
    await this.#running;
    this.#tasks?.close();
  }

  protected override status(): Record<string, unknown> {
    if (!this.#book) return {};
    const { objection } = this.#keeper;
    return {
      ...(objection !== undefined && { objection }),
      waiting: this.#book.waiting().length,
      lastSequences: this.#book.newest(SHOWN).map(summary),
    };
  }

  async #dropOtherNight(record: SequenceRecord): Promise<void> {
    this.log.warn(`${record.scheduled.name}: failed: ${OTHER_NIGHT}`);
    this.#terminate(record);
    await this.#ends?.conclude(record, 'FAILED', OTHER_NIGHT);
  }

  /** Runs what is due, and wakes up again when the next is. What a restart has interrupted goes first. */
  #runDue(): void {
    this.#wakeUp?.cancel();
    if (this.#running || this.#stop.signal.aborted) return;
    const nowMs = this.clock.now();
    const next = this.#pages.underWay() ?? this.#pages.next(nowMs);
    if (!next) return;
    const waitMs = isUnderWay(next) ? 0 : next.scheduled.startMs - nowMs;
    if (!isUnderWay(next) && this.#keeper.objection !== undefined) return;
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
    const { name, sequence, priority } = record.scheduled;
    const { signal } = this.#stop;
    const isResumed = isUnderWay(record);
    if (isResumed) this.log.info(`${name}: goes on after a restart`);
    else record.state = 'WAITING';
    const task = record.task ?? randomUUID();
    record.task = task;
    if (record.interruptedBy !== undefined || this.#withdrawnBy(record) !== undefined)
      this.#terminate(record);
    const late = setTimeout(() => this.#tellNobodyBegins(record), BEGIN_PATIENCE_MS).unref();
    try {
      // The task asks before it begins: it need not wait for the disk here, nor the disk for it.
      const saved = this.#pages.save(record);
      const args = [task, sequence.id, priority, signal] as const;
      await Promise.all([saved, isResumed ? this.#tasks?.resume(...args) : this.#tasks?.run(...args)]);
      this.log.info(`${name}: finished, ${record.images.length} images`);
      await this.#ends?.conclude(record, 'FINISHED');
    } catch (error) {
      // Stopped, not failed: it goes on after the restart.
      if (!signal.aborted) await this.#ends?.failed(record, error);
    } finally {
      clearTimeout(late);
    }
  }

  #tellNobodyBegins({ state, scheduled, task }: SequenceRecord): void {
    if (state !== 'WAITING') return;
    const text = `${scheduled.name}: no worker has begun its task yet: see pyros celery status`;
    this.log.warn(text, { task });
  }

  /** @throws ObservationError `NOT_WANTED` when this task is not the one that is to run it */
  #open(sequence: string, task: string): SequenceRecord {
    const record = this.#pages.get(sequence);
    const isWanted = record && record.task === task && isUnderWay(record);
    if (isWanted && this.#withdrawnBy(record) === undefined) return record;
    throw new ObservationError('NOT_WANTED', `sequence ${sequence} is not to be run by task ${task}`);
  }

  #begin(sequence: string, task: string): SequenceOrder {
    const record = this.#open(sequence, task);
    const { scheduled, number } = record;
    return { scheduled, number, taken: imagesTaken(record) };
  }

  async #step(step: Step): Promise<void> {
    const record = this.#open(step.sequence, step.task);
    const note = takeStep(record, step);
    if (!note) return;
    this.log.info(`${record.scheduled.name}: ${note.text}`, note.details);
    await this.#pages.save(record);
  }

  /** The decision, the place, and the message that tells of both are one transaction. */
  #opportunity(request: ObservationRequest, context: MessageContext): Omit<Opportunity, 'placed'> {
    const running = this.#pages.underWay();
    const { decision, reason, placed } = judgeOpportunity(this.environment, this.#pages, request, running);
    const adopt = placed && this.#pages.insert(placed);
    const interrupted = decision === 'NOW' && placed ? running : undefined;
    if (interrupted) this.#pages.put({ ...interrupted, interruptedBy: request.name });
    void Sender.post(Agent.ALERT_MANAGER, OPPORTUNITY_DECIDED, { request: request.id, decision, reason });
    context.onCommitted(() => {
      this.log.info(`${request.name}: target of opportunity, ${decision}: ${reason}`);
      adopt?.();
      if (interrupted) this.#interrupt(interrupted, request.name);
      this.#runDue();
    });
    return { decision, reason };
  }

  #withdrawnBy({ scheduled }: SequenceRecord): string | undefined {
    return this.#pages.withdrawnBy(scheduled.requestId);
  }

  /** What waits is over at once, what runs when its task has ended. After a crash in between it is done once more. */
  #endWithdrawn(): void {
    for (const record of this.#pages.withdrawn()) {
      const by = this.#withdrawnBy(record);
      const { name, sequence } = record.scheduled;
      this.log.info(`${name}: sequence ${sequence.id} is withdrawn: retracted by ${by}`);
      if (isUnderWay(record)) this.#terminate(record);
      else
        this.#ends
          ?.conclude(record, 'WITHDRAWN', `retracted by ${by}`)
          .catch((error) => this.reportError(`the end of ${name} cannot be kept`, error));
    }
    this.#runDue();
  }

  /** What goes on under a dome that closes is ended, and placed anew. */
  #interruptBecause(reason: string): void {
    const running = this.#book?.underWay();
    this.log.warn(`nothing is observed: ${reason}`);
    if (running && running.interruptedBy === undefined) this.#interrupt(running, reason);
  }

  /** Its task is ended with all that it does; what comes next begins when it has. */
  #interrupt(record: SequenceRecord, by: string): void {
    record.interruptedBy = by;
    this.#pages.save(record).catch((error) => this.reportError('an interruption cannot be kept', error));
    this.#terminate(record);
  }

  #terminate({ scheduled, task }: SequenceRecord): void {
    if (task === undefined) return;
    this.#tasks?.terminate(task, this.#stop.signal).catch((error) => {
      if (!this.#stop.signal.aborted) this.reportError(`${scheduled.name} cannot be ended`, error);
    });
  }
}
