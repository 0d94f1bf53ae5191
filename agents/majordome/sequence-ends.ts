// How sequences end: finished, failed, taken back, or interrupted and placed anew.
import { errorText } from '../../src/errors/index.js';
import { Agent, type Environment, Sender } from '../../src/mesh/index.js';
import {
  limitsOf,
  OBSERVATION_FAILED,
  OBSERVATION_FINISHED,
  place,
  siteOf,
} from '../../src/observatory/index.js';
import type { Store } from '../../src/store/index.js';
import type { SequenceBook } from './sequence-book.js';
import type { SequenceRecord } from './sequence-record.js';

export class SequenceEnds {
  constructor(
    private readonly environment: Environment,
    private readonly store: Store,
    private readonly pages: SequenceBook,
    private readonly reportError: (what: string, error: unknown) => void,
  ) {}

  /** Its task has ended, otherwise than well. */
  async failed(record: SequenceRecord, error: unknown): Promise<void> {
    const { name, sequence, requestId } = record.scheduled;
    const { interruptedBy } = record;
    const withdrawnBy = this.pages.withdrawnBy(requestId);
    try {
      if (withdrawnBy !== undefined) await this.conclude(record, 'WITHDRAWN', `retracted by ${withdrawnBy}`);
      else if (interruptedBy !== undefined) await this.#placeAgain(record, interruptedBy);
      else {
        this.reportError(`sequence ${sequence.id} of ${name}`, error);
        await this.conclude(record, 'FAILED', errorText(error));
      }
    } catch (storeError) {
      this.reportError(`the end of ${name} cannot be kept`, storeError);
    }
  }

  /** The end and the message that tells of it are kept in one transaction. */
  async conclude(
    record: SequenceRecord,
    state: 'FINISHED' | 'FAILED' | 'WITHDRAWN',
    reason?: string,
  ): Promise<void> {
    const { scheduled, images } = record;
    record.state = state;
    record.times.endMs = this.environment.clock.now();
    if (reason === undefined) delete record.reason;
    else record.reason = reason;
    this.pages.close(record);
    const message = state === 'FINISHED' ? OBSERVATION_FINISHED : OBSERVATION_FAILED;
    const data = {
      sequence: scheduled.sequence.id,
      images: images.map(({ path }) => path),
      ...(reason && { reason }),
    };
    await this.store.transaction(() => {
      this.pages.put(record);
      // Of a withdrawal the scheduler is told by who withdrew it.
      if (state !== 'WITHDRAWN') void Sender.post(Agent.SCHEDULER, message, data);
    });
  }

  /** An interrupted sequence goes on later, if there is time; the images that it has stay. */
  async #placeAgain(record: SequenceRecord, by: string): Promise<void> {
    const { config, clock, log } = this.environment;
    const { scheduled } = record;
    const { sequence, name } = scheduled;
    const taken = this.pages.waiting().map((other) => other.scheduled);
    const placement = place(siteOf(config), limitsOf(config), sequence, clock.now(), taken);
    if ('refused' in placement) {
      await this.conclude(record, 'FAILED', `interrupted by ${by}; then ${placement.refused}`);
      return;
    }
    record.scheduled = { ...scheduled, ...placement };
    record.state = 'SCHEDULED';
    record.isPlacedHere = true;
    record.reason = `interrupted by ${by}`;
    // A revoked id is never run again.
    delete record.task;
    delete record.interruptedBy;
    await this.pages.save(record);
    const time = new Date(placement.startMs).toISOString();
    log.info(`${name}: interrupted by ${by} after ${record.images.length} images, goes on at ${time}`);
  }
}
