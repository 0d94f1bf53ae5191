// What is known of one sequence: where it stands, and when each of its steps was made.
import type { Detector, ScheduledSequence } from '../../src/observatory/index.js';

/** Where a sequence stands. WAITING: its task was published, and no worker has begun it. WITHDRAWN: what it is about was taken back. */
export type SequenceState =
  | 'SCHEDULED'
  | 'WAITING'
  | 'SLEWING'
  | 'EXPOSING'
  | 'FINISHED'
  | 'FAILED'
  | 'WITHDRAWN';

/** One image of a sequence. */
export interface ImageRecord {
  path: string;
  /** When it was on disk, in ms UTC of the observatory's clock. */
  storedMs: number;
  /** @defaultValue VIS */
  detector?: Detector;
}

/** Times of the steps, in ms UTC of the observatory's clock. */
export interface SequenceTimes {
  alertMs?: number;
  slewMs?: number;
  onTargetMs?: number;
  endMs?: number;
}

/** A sequence and its history. */
export interface SequenceRecord {
  /** Rises with each record. */
  readonly number: number;
  scheduled: ScheduledSequence;
  state: SequenceState;
  times: SequenceTimes;
  images: ImageRecord[];
  /** Id of the task that runs it. */
  task?: string;
  /** Its place is this agent's doing, not the scheduler's: a target of opportunity, or interrupted by one. */
  isPlacedHere?: boolean;
  /** Its task is being ended for this: a target of opportunity, or what forbids to observe. */
  interruptedBy?: string;
  reason?: string;
}

/** A sequence that has not begun. */
export function newRecord(scheduled: ScheduledSequence, number: number): SequenceRecord {
  const { alert } = scheduled;
  return {
    number,
    scheduled,
    state: 'SCHEDULED',
    times: alert ? { alertMs: alert.receivedMs } : {},
    images: [],
  };
}

/** The record as `Sequences` and `Status` show it. */
export function summary({
  scheduled,
  state,
  times,
  images,
  task,
  reason,
}: SequenceRecord): Record<string, unknown> {
  const { sequence, name, alert, startMs } = scheduled;
  return {
    sequence: sequence.id,
    name,
    ivorn: alert?.ivorn,
    target: sequence.target,
    state,
    startMs,
    times,
    images,
    task,
    reason,
  };
}

/** How many images of each detector there are. */
export function imagesTaken({ images }: SequenceRecord): Record<Detector, number> {
  const nir = images.filter(({ detector }) => detector === 'NIR').length;
  return { VIS: images.length - nir, NIR: nir };
}

/** Whether nothing more will happen to it. */
export function isOver({ state }: SequenceRecord): boolean {
  return state === 'FINISHED' || state === 'FAILED' || state === 'WITHDRAWN';
}

/** Whether a task has been published for it. */
export function isUnderWay({ state }: SequenceRecord): boolean {
  return state === 'WAITING' || state === 'SLEWING' || state === 'EXPOSING';
}
