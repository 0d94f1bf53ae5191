// The tasks observation.tasks.execute_plan_vis and execute_plan_nir: one plan of one camera, for what is no sequence.
import { maxValue, minValue, number, pipe } from 'valibot';
import { Task } from '../../celery/index.js';
import { Agent } from '../../mesh/index.js';
import { type Detector, type Plan, planSchema } from '../model.js';
import { checked } from './checked-argument.js';
import { commandDevice } from './device-command.js';
import { leaveIdle, takeImages, turnFilter } from './plan-run.js';

/** What the task returns. */
export interface PlanResult {
  /** Paths of the images. */
  images: string[];
}

/** Where the telescope stands for each image, in units of the dither: around the first place, then again. */
const DITHER_PLACES = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
  [0, -1],
  [1, -1],
] as const;
const ditherSchema = pipe(number(), minValue(0), maxValue(600));

/**
 * Turns the filter and takes the images of a plan where the telescope points; with a dither it moves a little between
 * them, by so many arc seconds. Its route is to the worker of the sequences: they never use a camera at the same time.
 * Terminated, it leaves its camera idle. It is not run again when its worker was lost: its images are there.
 */
abstract class ExecutePlan extends Task<[plan: Plan, dither?: number], PlanResult> {
  protected abstract readonly detector: Detector;

  override async run(givenPlan: Plan, givenDither = 0): Promise<PlanResult> {
    const plan = checked(planSchema, givenPlan, 'the plan', 'filter, exposureS and count');
    const dither = checked(ditherSchema, givenDither, 'the dither', 'arc seconds from 0 to 600');
    const { signal } = this.request;
    const { detector } = this;
    const { clock, config } = this.app;
    const tools = { clock, signal, hasAgent: (name: string) => config.agents.has(name) };
    const images: string[] = [];
    try {
      await turnFilter(detector, plan, tools);
      const subject = { object: `plan in ${plan.filter}`, observer: this.name };
      await takeImages(detector, plan, subject, tools, async (path, taken) => {
        images.push(path);
        this.updateState({ state: 'IMAGE', meta: { images, of: plan.count } });
        if (dither > 0) await move(taken, taken === plan.count ? 0 : taken + 1, dither, tools);
      });
      return { images };
    } catch (error) {
      if (signal.aborted) await leaveIdle(detector);
      throw error;
    }
  }
}

export class ExecutePlanVis extends ExecutePlan {
  static override readonly name = 'observation.tasks.execute_plan_vis';
  protected override readonly detector = 'VIS';
}

export class ExecutePlanNir extends ExecutePlan {
  static override readonly name = 'observation.tasks.execute_plan_nir';
  protected override readonly detector = 'NIR';
}

/** From the place of one image, counted from 1, to that of another, or with 0 back to the first. */
async function move(
  from: number,
  to: number,
  dither: number,
  tools: Parameters<typeof commandDevice>[3],
): Promise<void> {
  const [x, y] = placeOf(from);
  const [nextX, nextY] = placeOf(to);
  if (x === nextX && y === nextY) return;
  const offset = `DRA=${(nextX - x) * dither}arcsec DDEC=${(nextY - y) * dither}arcsec`;
  await commandDevice(Agent.TELESCOPE, `DO TELESCOPE OFFSET ${offset}`, undefined, tools);
}

function placeOf(image: number): readonly [x: number, y: number] {
  return DITHER_PLACES[Math.max(0, image - 1) % DITHER_PLACES.length] ?? [0, 0];
}
