// An agent whose work is a long computation: a thread does it, so that the agent answers at once all the while.
import { Agent, type Environment } from '../../src/mesh/index.js';
import { siteOf } from '../../src/observatory/index.js';
import { Event, Lock } from '../../src/threading/index.js';
import { BEST_ALTITUDE, BEST_DEC, BEST_RA, FIELDS, SkySurvey } from './sky-survey.js';

/** How long a thread may take to notice that it shall stop, in seconds. */
const JOIN_PATIENCE_S = 5;

export class SurveyAgent extends Agent {
  readonly #stop = new Event();
  readonly #lock = new Lock();
  /** Written by the thread, read by the agent, both under the lock. */
  readonly #best = new Float64Array(new SharedArrayBuffer(FIELDS * Float64Array.BYTES_PER_ELEMENT));
  #survey: SkySurvey | undefined;

  constructor(environment: Environment) {
    super('example_survey', environment);
    this.actionsByMessage.set('Best field', {
      help: 'The highest field that the survey has found, in degrees',
      run: () => this.#lock.withLock(() => this.#bestField()),
    });
  }

  protected override work(): void {
    this.#survey = new SkySurvey({
      args: [siteOf(this.config), this.clock.now(), this.#stop, this.#lock, this.#best],
    })
      .onError((error) => this.reportError('the survey', error))
      .start();
  }

  /** The thread is told to stop, and joined; one that does not listen is ended. */
  protected override async shutdown(): Promise<void> {
    this.#stop.set();
    const ended = await this.#survey?.join(JOIN_PATIENCE_S);
    if (ended === false) await this.#survey?.terminate();
    this.log.info('the survey has ended', { fields: this.#survey?.result });
  }

  #bestField(): Record<string, number | undefined> {
    return {
      raDeg: this.#best[BEST_RA],
      decDeg: this.#best[BEST_DEC],
      altitudeDeg: this.#best[BEST_ALTITUDE],
    };
  }
}
