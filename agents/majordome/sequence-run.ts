// One sequence from slew to last image: point, wait until on target, expose, one image after the other.
import type { Clock } from '../../src/clock/index.js';
import type { Logger } from '../../src/log/index.js';
import { Agent, Sender, untilArrived } from '../../src/mesh/index.js';
import {
  CAMERA_EXPOSE,
  ObservationError,
  onTarget,
  type Plan,
  TELESCOPE_GOTO,
  TELESCOPE_POSITION,
} from '../../src/observatory/index.js';
import type { SequenceRecord } from './sequence-record.js';

/** The telescope is on target within this distance. */
const TOLERANCE_DEG = 0.02;
/** How often the position is asked for until it is on target, in ms of observatory time, and how many times. */
const POSITION_POLL_MS = 250;
const POSITION_POLLS = 40;

/** What a run needs. */
export interface RunTools {
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Puts the record on disk: after a restart the sequence goes on from there. */
  save: () => Promise<void>;
}

/** @throws AnswerError when a device refuses; the signal's reason when it aborts */
export async function runSequence(record: SequenceRecord, tools: RunTools): Promise<void> {
  const { sequence, name } = record.scheduled;
  const { clock, log } = tools;
  record.state = 'SLEWING';
  record.times.slewMs = clock.now();
  log.info(`${name}: slewing`, sequence.target);
  const saved = tools.save();
  await patiently(tools, 'telescope', () =>
    Sender.sendTo(Agent.TELESCOPE, TELESCOPE_GOTO, sequence.target, tools),
  );
  await reachTarget(record, tools);
  await saved;
  record.times.onTargetMs = clock.now();
  record.state = 'EXPOSING';
  log.info(`${name}: on target after ${seconds(clock.now() - record.times.slewMs)} s`);
  // Images that were taken before a restart are not taken again.
  let taken = record.images.length;
  for (const plan of sequence.albums.flatMap(({ plans }) => plans)) {
    await runPlan(record, plan, Math.min(taken, plan.count), tools);
    taken = Math.max(0, taken - plan.count);
  }
}

async function reachTarget(record: SequenceRecord, tools: RunTools): Promise<void> {
  const { target } = record.scheduled.sequence;
  for (let n = 0; n < POSITION_POLLS; n += 1) {
    const pointing = await patiently(tools, 'telescope', () =>
      Sender.request(Agent.TELESCOPE, TELESCOPE_POSITION, undefined, tools),
    );
    if (onTarget(pointing as { raDeg: number; decDeg: number }, target, TOLERANCE_DEG)) return;
    await tools.clock.sleep(POSITION_POLL_MS, tools.signal);
  }
  throw new ObservationError(
    'NOT_ON_TARGET',
    `the telescope did not settle within ${TOLERANCE_DEG} deg of the target`,
  );
}

async function runPlan(record: SequenceRecord, plan: Plan, taken: number, tools: RunTools): Promise<void> {
  const { sequence, name, alert } = record.scheduled;
  for (let n = taken + 1; n <= plan.count; n += 1) {
    const exposure = {
      exposureS: plan.exposureS,
      filter: plan.filter,
      object: name,
      sequence: sequence.id,
      target: sequence.target,
      ...(alert && { alert }),
    };
    const reply = await patiently(tools, 'camera', () =>
      Sender.request(Agent.CAMERA_VIS, CAMERA_EXPOSE, exposure, tools),
    );
    const { path } = reply as { path: string };
    record.images.push({ path, storedMs: tools.clock.now() });
    await tools.save();
    tools.log.info(`${name}: image ${n} of ${plan.count}`, { path });
  }
}

/** A device whose agent is away is waited for: it is restarted, and the night is not over. */
function patiently<T>({ signal, log }: RunTools, device: string, attempt: () => Promise<T>): Promise<T> {
  let told = false;
  return untilArrived(attempt, signal, (error) => {
    if (!told) log.warn(`the ${device} does not answer, trying again`, { error: String(error) });
    told = true;
  });
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
