// The agent that keeps all requests and gives each sequence its place in the night.
import { Agent, type Environment, type MessageContext, Sender, storedAction } from '../../src/mesh/index.js';
import {
  ALERT_RETRACTED,
  isOfNight,
  limitsOf,
  OBSERVATION_FAILED,
  OBSERVATION_FINISHED,
  type ObservationRequest,
  OTHER_NIGHT,
  placeRequest,
  REQUEST_SUBMITTED,
  SCHEDULE_READY,
  type ScheduledSequence,
  siteOf,
} from '../../src/observatory/index.js';
import type { Table } from '../../src/store/index.js';

/** A sequence that has no place. */
interface Refusal {
  request: string;
  name: string;
  sequence: string;
  reason: string;
}

/** A request that was submitted once. */
interface SubmittedRequest {
  name: string;
  submittedMs: number;
  /** IVORN of the packet that took back what it is about. */
  withdrawnBy?: string;
}

/** Refusals that `Status` shows. */
const SHOWN = 20;

/** What the scheduler keeps on disk. */
interface Tables {
  requests: Table<string, SubmittedRequest>;
  /** By sequence id. */
  schedule: Table<string, ScheduledSequence>;
  refused: Table<number, Refusal>;
  counts: Table<string, number>;
}

export class SchedulerAgent extends Agent {
  static readonly MSG_OBS_FINISHED = OBSERVATION_FINISHED.text;
  #tables: Tables | undefined;

  constructor(environment: Environment) {
    super(Agent.SCHEDULER, environment);
    this.actionsByMessage.set(
      REQUEST_SUBMITTED.text,
      storedAction(REQUEST_SUBMITTED, (request, context) => this.#submitted(request, context)),
    );
    this.actionsByMessage.set(
      ALERT_RETRACTED.text,
      storedAction(ALERT_RETRACTED, ({ requests, by }, context) => this.#withdraw(requests, by, context)),
    );
    this.actionsByMessage.set(
      OBSERVATION_FINISHED.text,
      storedAction(OBSERVATION_FINISHED, ({ sequence }) => this.#ended(sequence, 'finished')),
    );
    this.actionsByMessage.set(
      OBSERVATION_FAILED.text,
      storedAction(OBSERVATION_FAILED, ({ sequence }) => this.#ended(sequence, 'failed')),
    );
  }

  protected override async work(): Promise<void> {
    this.#tables = {
      requests: this.store.table('requests'),
      schedule: this.store.table('schedule'),
      refused: this.store.table('refused'),
      counts: this.store.table('counts'),
    };
    await this.#dropOtherNights();
    // The first computation of a process is slow: made now, it delays no alert.
    const rehearsal: ObservationRequest = {
      id: 'rehearsal',
      name: 'rehearsal',
      priority: 0,
      strategy: 'none',
      sequences: [
        {
          id: '-',
          target: { raDeg: 0, decDeg: 0 },
          albums: [{ detector: 'VIS', plans: [{ filter: 'r', exposureS: 1, count: 1 }] }],
        },
      ],
    };
    placeRequest(siteOf(this.config), limitsOf(this.config), rehearsal, this.clock.now(), []);
  }

  protected override status(): Record<string, unknown> {
    if (!this.#tables) return {};
    const { requests, refused, counts } = this.#tables;
    const schedule = this.#schedule().map(({ sequence, name, startMs, endMs }) => ({
      sequence: sequence.id,
      name,
      start: new Date(startMs).toISOString(),
      end: new Date(endMs).toISOString(),
    }));
    return {
      requests: {
        requests: requests.count,
        finished: counts.get('finished') ?? 0,
        failed: counts.get('failed') ?? 0,
        withdrawn: counts.get('withdrawn') ?? 0,
      },
      schedule,
      refused: [...refused.entries({ reverse: true, limit: SHOWN })].map(({ value }) => value),
    };
  }

  /** After a new start of a simulated clock, what is left of the last night would block places in this one. */
  async #dropOtherNights(): Promise<void> {
    const dropped = this.#schedule().filter((entry) => !isOfNight(entry, this.environment.night));
    if (dropped.length === 0) return;
    await this.store.transaction(() => {
      for (const { sequence } of dropped) this.#ended(sequence.id, 'failed');
    });
    for (const { name, sequence } of dropped)
      this.log.warn(`${name}: sequence ${sequence.id} is dropped: ${OTHER_NIGHT}`);
  }

  /** In the order of time. */
  #schedule(): ScheduledSequence[] {
    const entries = [...(this.#tables?.schedule.entries() ?? [])].map(({ value }) => value);
    return entries.sort((a, b) => a.startMs - b.startMs);
  }

  #submitted(request: ObservationRequest, context: MessageContext): { placed: number; refused: Refusal[] } {
    const { id, name } = request;
    // Requests bear ids: one that was submitted twice is one.
    if (!this.#tables || this.#tables.requests.has(id)) return { placed: 0, refused: [] };
    const nowMs = this.clock.now();
    const { placed, refused } = placeRequest(
      siteOf(this.config),
      limitsOf(this.config),
      request,
      nowMs,
      this.#schedule(),
    );
    const { night } = this.environment;
    const entries = placed.map((entry) => (night === undefined ? entry : { ...entry, night }));
    const refusals = refused.map(({ sequence, reason }) => ({ request: id, name, sequence, reason }));
    this.#keep(request, entries, refusals, nowMs);
    if (placed.length > 0) void Sender.post(Agent.MAJORDOME, SCHEDULE_READY, { entries: this.#schedule() });
    context.onCommitted(() => this.#tell(name, placed, refusals, nowMs));
    return { placed: placed.length, refused: refusals };
  }

  /** What was taken back keeps no place in the night; a request that comes only later is known by then. */
  #withdraw(requests: readonly string[], by: string, context: MessageContext): void {
    if (!this.#tables) return;
    for (const id of requests) {
      const { name = id, submittedMs = this.clock.now() } = this.#tables.requests.get(id) ?? {};
      this.#tables.requests.put(id, { name, submittedMs, withdrawnBy: by });
    }
    const gone = this.#schedule().filter(({ requestId }) => requests.includes(requestId));
    if (gone.length === 0) return;
    for (const { sequence } of gone) this.#ended(sequence.id, 'withdrawn');
    void Sender.post(Agent.MAJORDOME, SCHEDULE_READY, { entries: this.#schedule() });
    context.onCommitted(() => {
      for (const { name, sequence } of gone)
        this.log.info(`${name}: sequence ${sequence.id} is withdrawn: retracted by ${by}`);
    });
  }

  #keep(
    { id, name }: ObservationRequest,
    placed: ScheduledSequence[],
    refusals: Refusal[],
    submittedMs: number,
  ): void {
    if (!this.#tables) return;
    const { requests, schedule, refused } = this.#tables;
    requests.put(id, { name, submittedMs });
    for (const entry of placed) schedule.put(entry.sequence.id, entry);
    for (const refusal of refusals) refused.put(refused.count + 1, refusal);
  }

  #tell(name: string, placed: ScheduledSequence[], refusals: Refusal[], nowMs: number): void {
    for (const { sequence, startMs } of placed) {
      const waitS = Math.round((startMs - nowMs) / 1000);
      this.log.info(`${name}: sequence ${sequence.id} begins ${waitS > 0 ? `in ${waitS} s` : 'now'}`);
    }
    for (const { sequence, reason } of refusals)
      this.log.warn(`${name}: sequence ${sequence} is refused: ${reason}`);
  }

  #ended(sequence: string, how: 'finished' | 'failed' | 'withdrawn'): void {
    if (!this.#tables?.schedule.has(sequence)) return;
    const { schedule, counts } = this.#tables;
    schedule.remove(sequence);
    counts.put(how, (counts.get(how) ?? 0) + 1);
  }
}
