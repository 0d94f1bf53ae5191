// One plan of a detector: its filter, and one image after the other.

import { Sender } from '../../mesh/index.js';
import type { Alert, Detector, Plan } from '../model.js';
import { CHANNELS } from './channel.js';
import { type CommandTools, commandDevice } from './device-command.js';

/** A terminated task has little time to leave a camera idle. */
const ABORT_PATIENCE_MS = 2_000;

/** What a run needs. */
export interface PlanTools extends CommandTools {
  /** Whether the observatory has an agent: not every camera has a wheel in front of it. */
  hasAgent: (name: string) => boolean;
}

/** What the headers of the images say besides how they were exposed. */
export interface Subject {
  object: string;
  sequence?: string;
  observation?: number;
  observer?: string;
  target?: { raDeg: number; decDeg: number };
  alert?: Alert;
}

/** Turns the filter of a plan into the light, where there is a wheel. */
export async function turnFilter(
  detector: Detector,
  plan: Plan | undefined,
  tools: PlanTools,
): Promise<void> {
  const { wheel } = CHANNELS[detector];
  if (!plan || !tools.hasAgent(wheel)) return;
  const name = plan.filter.replace(/["\\]/g, '\\$&');
  await commandDevice(wheel, `SET FILTERWHEEL:${detector} POSITION "${name}"`, undefined, tools);
}

/** Takes the images of a plan. @param onImage - resolves when the image is known to whoever wants it */
export async function takeImages(
  detector: Detector,
  { exposureS, filter, count }: Plan,
  subject: Subject,
  tools: PlanTools,
  onImage: (path: string, taken: number) => Promise<void>,
): Promise<void> {
  const { camera, expose } = CHANNELS[detector];
  const exposure = { exposureS, filter, ...subject };
  for (let taken = 1; taken <= count; taken += 1) {
    const reply = await commandDevice(camera, expose, exposure, tools);
    await onImage((reply as { path: string }).path, taken);
  }
}

/** The exposure is given up, and the shutter closes. A camera that is away exposes nothing. */
export async function leaveIdle(detector: Detector): Promise<void> {
  const { camera, abort } = CHANNELS[detector];
  const patience = { timeoutMs: ABORT_PATIENCE_MS };
  await Sender.sendTo(camera, abort, undefined, patience).catch(() => undefined);
}
