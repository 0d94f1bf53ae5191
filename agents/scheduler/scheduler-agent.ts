// The agent that keeps all requests and gives each sequence its place in the night.
import { Agent, action, deliver, type Environment } from '../../src/mesh/index.js';
import {
  limitsOf,
  OBSERVATION_FAILED,
  OBSERVATION_FINISHED,
  type ObservationRequest,
  placeRequest,
  REQUEST_SUBMITTED,
  SCHEDULE_READY,
  type ScheduledSequence,
  siteOf,
} from '../../src/observatory/index.js';

/** A sequence that has no place. */
interface Refusal {
  request: string;
  name: string;
  sequence: string;
  reason: string;
}

/** Refusals that `Status` shows. */
const SHOWN = 20;

export class SchedulerAgent extends Agent {
  static readonly MSG_OBS_FINISHED = OBSERVATION_FINISHED.text;
  #schedule: ScheduledSequence[] = [];
  #known = new Set<string>();
  #refusals: Refusal[] = [];
  #counts = { requests: 0, finished: 0, failed: 0 };
  #stop = new AbortController();

  constructor(environment: Environment) {
    super(Agent.SCHEDULER, environment);
    this.actionsByMessage.set(
      REQUEST_SUBMITTED.text,
      action(REQUEST_SUBMITTED, (request) => this.#submitted(request)),
    );
    this.actionsByMessage.set(
      OBSERVATION_FINISHED.text,
      action(OBSERVATION_FINISHED, ({ sequence }) => this.#ended(sequence, 'finished')),
    );
    this.actionsByMessage.set(
      OBSERVATION_FAILED.text,
      action(OBSERVATION_FAILED, ({ sequence }) => this.#ended(sequence, 'failed')),
    );
  }

  protected override shutdown(): void {
    this.#stop.abort(new Error('the scheduler is stopping'));
  }

  protected override status(): Record<string, unknown> {
    const schedule = this.#schedule.map(({ sequence, name, startMs, endMs }) => ({
      sequence: sequence.id,
      name,
      start: new Date(startMs).toISOString(),
      end: new Date(endMs).toISOString(),
    }));
    return { requests: this.#counts, schedule, refused: this.#refusals };
  }

  async #submitted(request: ObservationRequest): Promise<{ placed: number; refused: Refusal[] }> {
    // The same request again: it was sent twice because its first answer was lost.
    if (this.#known.has(request.id)) return { placed: 0, refused: [] };
    this.#known.add(request.id);
    this.#counts.requests += 1;
    const nowMs = this.clock.now();
    const { placed, refused } = placeRequest(
      siteOf(this.config),
      limitsOf(this.config),
      request,
      nowMs,
      this.#schedule,
    );
    this.#schedule = [...this.#schedule, ...placed].sort((a, b) => a.startMs - b.startMs);
    for (const { sequence, startMs } of placed) {
      const waitS = Math.round((startMs - nowMs) / 1000);
      this.log.info(`${request.name}: sequence ${sequence.id} begins ${waitS > 0 ? `in ${waitS} s` : 'now'}`);
    }
    const refusals = refused.map(({ sequence, reason }) => ({
      request: request.id,
      name: request.name,
      sequence,
      reason,
    }));
    for (const { name, sequence, reason } of refusals)
      this.log.warn(`${name}: sequence ${sequence} is refused: ${reason}`);
    this.#refusals = [...refusals, ...this.#refusals].slice(0, SHOWN);
    if (placed.length > 0) await this.#publish();
    return { placed: placed.length, refused: refusals };
  }

  #ended(sequence: string, how: 'finished' | 'failed'): void {
    const before = this.#schedule.length;
    this.#schedule = this.#schedule.filter((entry) => entry.sequence.id !== sequence);
    if (this.#schedule.length < before) this.#counts[how] += 1;
  }

  async #publish(): Promise<void> {
    await deliver(Agent.MAJORDOME, SCHEDULE_READY, { entries: this.#schedule }, this.#stop.signal);
  }
}
