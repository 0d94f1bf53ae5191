// The task observation.tasks.autofocus: images on both sides of the focus, and the telescope at the best.
import { integer, maxValue, minValue, number, pipe } from 'valibot';
import { Task } from '../../celery/index.js';
import { Agent } from '../../mesh/index.js';
import { type Detector, detectorSchema } from '../model.js';
import { checked } from './checked-argument.js';
import { commandDevice } from './device-command.js';
import { leaveIdle } from './plan-run.js';

/** What the focuser takes. */
const STEPS_FROM = 5;
const STEPS_TO = 25;
const USUAL_STEPS = 7;
const stepsSchema = pipe(number(), integer(), minValue(STEPS_FROM), maxValue(STEPS_TO));

/** What the task returns. */
export interface FocusResult {
  position: number;
  fwhmArcsec: number;
}

/**
 * Has the focuser search the lowest point of the V curve, wherever the telescope points. Routed to the queue of the
 * sequences, since it needs a camera. Terminated, it leaves the camera idle; the focuser goes back to where it was.
 */
export class Autofocus extends Task<[camera?: Detector, steps?: number], FocusResult> {
  static override readonly name = 'observation.tasks.autofocus';

  override async run(camera: Detector = 'VIS', steps: number = USUAL_STEPS): Promise<FocusResult> {
    checked(detectorSchema, camera, 'the camera', detectorSchema.options.join(' or '));
    checked(stepsSchema, steps, 'the number of steps', `a whole number from ${STEPS_FROM} to ${STEPS_TO}`);
    const { signal } = this.request;
    const sentence = `DO FOCUSER AUTOFOCUS STEPS=${steps} CAMERA=${camera}`;
    try {
      const tools = { clock: this.app.clock, signal };
      const reply = await commandDevice(Agent.FOCUSER, sentence, undefined, tools);
      const { POSITION, FWHM } = reply as { POSITION: number; FWHM: number };
      return { position: POSITION, fwhmArcsec: FWHM };
    } catch (error) {
      if (signal.aborted) await leaveIdle(camera);
      throw error;
    }
  }
}
