// One sequence from slew to last image: point, wait until on target, expose, one image after the other.
import type { Clock } from '../../clock/index.js';
import { Agent, Sender, untilArrived } from '../../mesh/index.js';
import { ObservationError } from '../errors.js';
import { CAMERA_EXPOSE, TELESCOPE_GOTO, TELESCOPE_POSITION } from '../messages.js';
import type { Plan, ScheduledSequence } from '../model.js';
import { onTarget } from '../strategy.js';

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
export interface RunTools {
  clock: Clock;
  signal: AbortSignal;
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
  const { clock, signal, tell } = tools;
  // The telescope moves while this is written down.
  const told = tell({ step: 'SLEWING', atMs: clock.now() });
  told.catch(() => undefined);
  await untilArrived(
    () => Sender.sendTo(Agent.TELESCOPE, TELESCOPE_GOTO, sequence.target, { signal }),
    signal,
  );
  await reachTarget(scheduled, tools);
  await told;
  await tell({ step: 'EXPOSING', atMs: clock.now() });
  let left = taken;
  for (const plan of sequence.albums.flatMap(({ plans }) => plans)) {
    await runPlan(scheduled, plan, Math.max(0, plan.count - left), tools);
    left = Math.max(0, left - plan.count);
  }
}

async function reachTarget({ sequence }: ScheduledSequence, { clock, signal }: RunTools): Promise<void> {
  for (let n = 0; n < POSITION_POLLS; n += 1) {
    const pointing = await untilArrived(
      () => Sender.request(Agent.TELESCOPE, TELESCOPE_POSITION, undefined, { signal }),
      signal,
    );
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
  { exposureS, filter }: Plan,
  count: number,
  { clock, signal, tell }: RunTools,
): Promise<void> {
  const exposure = {
    exposureS,
    filter,
    object: name,
    sequence: sequence.id,
    target: sequence.target,
    ...(alert && { alert }),
  };
  for (let n = 0; n < count; n += 1) {
    const reply = await untilArrived(
      () => Sender.request(Agent.CAMERA_VIS, CAMERA_EXPOSE, exposure, { signal }),
      signal,
    );
    const { path } = reply as { path: string };
    await tell({ step: 'IMAGE', atMs: clock.now(), path });
  }
}
