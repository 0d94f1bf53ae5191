// Errors of schedules.
import { PyrosError } from '../../errors/index.js';

/** Codes of a {@link ScheduleError}. */
export type ScheduleErrorCode = 'SCHEDULE_INVALID';

/** A schedule, or an entry of `[celery.beat]`, cannot be read, or would never fire. */
export class ScheduleError extends PyrosError {
  declare readonly code: ScheduleErrorCode;

  constructor(
    /** What stands there. */
    readonly found: string,
    /** What should stand there. */
    readonly expected: string,
  ) {
    super('SCHEDULE_INVALID', `found ${found}, expected ${expected}`);
  }
}

/** A text made fit for a message. */
export function shown(text: string): string {
  return text ? JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 80)}…`) : 'nothing';
}
