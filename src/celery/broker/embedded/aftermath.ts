// What follows a task that the broker itself has ended: the one place where it reads messages.
import type { Clock } from '../../../clock/index.js';
import type { Config } from '../../../config/index.js';
import { Celery } from '../../app.js';
import { afterChord, afterFailure, type Sequel } from '../../canvas/follow.js';
import type { TaskMessage } from '../../message.js';
import type { ChordPart, ResultRecord } from '../broker.js';

/** What the broker cannot know, for it does not read messages: what follows when a task ends without its worker. */
export interface Aftermath {
  afterFailure(message: TaskMessage, record: ResultRecord): Sequel;
  afterChord(last: ChordPart, records: ResultRecord[]): Sequel;
}

/** Without a section [celery] there is nobody who would call anything. */
export function aftermathOf(config: Config, clock: Clock): Aftermath | undefined {
  if (!config.celery) return undefined;
  const app = new Celery('task_broker', { config, clock });
  return {
    afterFailure: (message, record) => afterFailure(app, message, record),
    afterChord: (last, records) => afterChord(app, last, records),
  };
}
