// What the beat fires.
import type { Schedule } from './schedule.js';

/** What becomes of firings whose time passed while the beat did not run. */
export type Missed = 'run' | 'skip';

/** Options of the call. */
export interface BeatCallOptions {
  /** Else the task's route. */
  queue?: string;
  /** Not run any more when it has waited this long. */
  expiresMs?: number;
  /** 0 to 9. */
  priority?: number;
}

/** A periodic task: one key of `[celery.beat]`. */
export interface BeatEntry {
  name: string;
  /** Name of the task. */
  task: string;
  schedule: Schedule;
  args: readonly unknown[];
  kwargs: Readonly<Record<string, unknown>>;
  options: BeatCallOptions;
  /** `run`: one firing for all that were missed, as Celery does. `skip`: none. */
  missed: Missed;
}
