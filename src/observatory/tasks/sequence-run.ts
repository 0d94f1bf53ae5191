// One sequence from slew to last image: point, turn the filters, wait until on target, and expose: one image after the
// other with each detector, all detectors at once.
import { Agent } from '../../mesh/index.js';
import { ObservationError } from '../errors.js';
import { TELESCOPE_GOTO, TELESCOPE_POSITION } from '../messages.js';
import type { Album, Detector, Plan, ScheduledSequence, SequenceOrder } from '../model.js';
import { onTarget } from '../strategy.js';
import { commandDevice } from './device-command.js';
import { type PlanTools, takeImages, turnFilter } from './plan-run.js';

/** The telescope is on target within this distance. */
const TOLERANCE_DEG = 0.02;
/** How often the position is asked for until it is on target, in ms of observatory time, and how many times. */
const POSITION_POLL_MS = 250;
const POSITION_POLLS = 40;

/** A step that was made. */
export interface SequenceStep {
  step: 'SLEWING' | 'EXPOSING' | 'IMAGE';
  /** In ms UTC of the observatory's clock. */
  atMs: number;
  /** Of an image. */
  path?: string;
  /** That took it. */
  detector?: Detector;
}

/** What a run needs. */
export interface RunTools extends PlanTools {
  /** Resolves when the step is on the majordome's disk. */
  tell: (step: SequenceStep) => Promise<void>;
}

/**
 * Images that there are already are not taken again.
 * @throws AnswerError when a device refuses; ObservationError `NOT_ON_TARGET`; the signal's reason when it aborts
 */
export async function runSequence(order: SequenceOrder, tools: RunTools): Promise<void> {
  const { scheduled, taken } = order;
  const { sequence } = scheduled;
  const { clock, tell } = tools;
  // The telescope moves while this is written down.
  const told = tell({ step: 'SLEWING', atMs: clock.now() });
  told.catch(() => undefined);
  const albums = sequence.albums.map((album) => albumLeft(album, taken[album.detector]));
  // The filters turn meanwhile.
  const slew = commandDevice(Agent.TELESCOPE, TELESCOPE_GOTO, sequence.target, tools);
  await all(slew, ...albums.map(({ detector, plans }) => turnFilter(detector, plans[0], tools)));
  await reachTarget(scheduled, tools);
  await told;
  await tell({ step: 'EXPOSING', atMs: clock.now() });
  await all(...albums.map((album) => runAlbum(order, album, tools)));
}

/** The plans of a detector, without the images that were taken. */
function albumLeft({ detector, plans }: Album, taken: number): Album {
  let left = taken;
  const wanted = plans.flatMap((plan) => {
    const count = Math.max(0, plan.count - left);
    left = Math.max(0, left - plan.count);
    return count > 0 ? { ...plan, count } : [];
  });
  return { detector, plans: wanted };
}

async function runAlbum(order: SequenceOrder, { detector, plans }: Album, tools: RunTools): Promise<void> {
  for (const [index, plan] of plans.entries()) {
    if (index > 0) await turnFilter(detector, plan, tools);
    await runPlan(order, detector, plan, tools);
  }
}

/** Waits for all, also when one fails: nothing goes on behind the back of the sequence. */
async function all(...work: Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function reachTarget({ sequence }: ScheduledSequence, tools: RunTools): Promise<void> {
  const { clock, signal } = tools;
  for (let n = 0; n < POSITION_POLLS; n += 1) {
    const pointing = await commandDevice(Agent.TELESCOPE, TELESCOPE_POSITION, undefined, tools);
    if (onTarget(pointing as { raDeg: number; decDeg: number }, sequence.target, TOLERANCE_DEG)) return;
    await clock.sleep(POSITION_POLL_MS, signal);
  }
  throw new ObservationError(
    'NOT_ON_TARGET',
    `the telescope did not settle within ${TOLERANCE_DEG} deg of the target`,
  );
}

async function runPlan(
  { scheduled, number }: SequenceOrder,
  detector: Detector,
  plan: Plan,
  tools: RunTools,
): Promise<void> {
  const { clock, tell } = tools;
  const { sequence, name, alert } = scheduled;
  const subject = {
    object: name,
    sequence: sequence.id,
    observation: number,
    observer: Agent.MAJORDOME,
    target: sequence.target,
    ...(alert && { alert }),
  };
  const onImage = (path: string) => tell({ step: 'IMAGE', atMs: clock.now(), path, detector });
  await takeImages(detector, plan, subject, tools, onImage);
}
