// One sequence from slew to last image: point, turn the filter, wait until on target, expose, one image after the other.
import { Agent } from '../../mesh/index.js';
import { ObservationError } from '../errors.js';
import { CAMERA_EXPOSE, TELESCOPE_GOTO, TELESCOPE_POSITION } from '../messages.js';
import type { Plan, ScheduledSequence } from '../model.js';
import { onTarget } from '../strategy.js';
import { type CommandTools, commandDevice } from './device-command.js';

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
}

/** What a run needs. */
export interface RunTools extends CommandTools {
  /** There is a wheel in front of the camera. */
  hasFilterWheel: boolean;
  /** Resolves when the step is on the majordome's disk. */
  tell: (step: SequenceStep) => Promise<void>;
}

/**
 * @param taken - images that there are already: they are not taken again
 * @throws AnswerError when a device refuses; ObservationError `NOT_ON_TARGET`; the signal's reason when it aborts
 */
export async function runSequence(
  scheduled: ScheduledSequence,
  taken: number,
  tools: RunTools,
): Promise<void> {
  const { sequence } = scheduled;
  const { clock, tell } = tools;
  // The telescope moves while this is written down.
  const told = tell({ step: 'SLEWING', atMs: clock.now() });
  told.catch(() => undefined);
  const plans = plansLeft(scheduled, taken);
  // The filter turns meanwhile.
  const slew = commandDevice(Agent.TELESCOPE, TELESCOPE_GOTO, sequence.target, tools);
  await both(slew, turnFilter(plans[0], tools));
  await reachTarget(scheduled, tools);
  await told;
  await tell({ step: 'EXPOSING', atMs: clock.now() });
  for (const [index, plan] of plans.entries()) {
    if (index > 0) await turnFilter(plan, tools);
    await runPlan(scheduled, plan, tools);
  }
}

/** The plans, without the images that were taken. */
function plansLeft({ sequence }: ScheduledSequence, taken: number): Plan[] {
  let left = taken;
  const plans = sequence.albums.flatMap((album) => album.plans);
  return plans.flatMap((plan) => {
    const count = Math.max(0, plan.count - left);
    left = Math.max(0, left - plan.count);
    return count > 0 ? { ...plan, count } : [];
  });
}

/** Waits for both, also when one fails: nothing goes on behind the back of the sequence. */
async function both(...work: Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function turnFilter(plan: Plan | undefined, tools: RunTools): Promise<void> {
  if (!plan || !tools.hasFilterWheel) return;
  const name = plan.filter.replace(/["\\]/g, '\\$&');
  await commandDevice(Agent.FILTERWHEEL_VIS, `SET FILTERWHEEL:VIS POSITION "${name}"`, undefined, tools);
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
  { sequence, name, alert }: ScheduledSequence,
  { exposureS, filter, count }: Plan,
  tools: RunTools,
): Promise<void> {
  const { clock, tell } = tools;
  const exposure = {
    exposureS,
    filter,
    object: name,
    sequence: sequence.id,
    target: sequence.target,
    ...(alert && { alert }),
  };
  for (let n = 0; n < count; n += 1) {
    const reply = await commandDevice(Agent.CAMERA_VIS, CAMERA_EXPOSE, exposure, tools);
    const { path } = reply as { path: string };
    await tell({ step: 'IMAGE', atMs: clock.now(), path });
  }
}
