// The steps of a running sequence, as its task tells them, become its record.
import type { MessageType } from '../../src/mesh/index.js';
import type { SEQUENCE_STEP } from '../../src/observatory/index.js';
import type { SequenceRecord } from './sequence-record.js';

/** What a task tells. */
export type Step = typeof SEQUENCE_STEP extends MessageType<infer T> ? T : never;

/** For the log. */
export interface StepNote {
  text: string;
  details?: Readonly<Record<string, unknown>>;
}

/** @returns what is to be logged; nothing when the step is known already: it is told twice when its answer was lost */
export function takeStep(record: SequenceRecord, { step, atMs, path, detector }: Step): StepNote | undefined {
  const { images, times, scheduled } = record;
  if (step === 'IMAGE') {
    if (path === undefined || images.some((image) => image.path === path)) return undefined;
    images.push({ path, storedMs: atMs, ...(detector && { detector }) });
    const plans = scheduled.sequence.albums.flatMap((album) => album.plans);
    const all = plans.reduce((sum, { count }) => sum + count, 0);
    return { text: `image ${images.length} of ${all}`, details: { path } };
  }
  record.state = step;
  if (step === 'SLEWING') {
    times.slewMs = atMs;
    return { text: 'slewing', details: { ...scheduled.sequence.target } };
  }
  times.onTargetMs = atMs;
  return { text: `on target after ${((atMs - (times.slewMs ?? atMs)) / 1000).toFixed(1)} s` };
}
