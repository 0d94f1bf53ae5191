// The task observation.tasks.execute_sequence: points the telescope and takes the images of one sequence.
import { Task } from '../../celery/index.js';
import { errorCode, errorText } from '../../errors/index.js';
import { Agent, Sender, untilArrived } from '../../mesh/index.js';
import { BEGIN_SEQUENCE, SEQUENCE_STEP } from '../messages.js';
import type { Detector, SequenceOrder } from '../model.js';
import { leaveIdle } from './plan-run.js';
import { runSequence, type SequenceStep } from './sequence-run.js';

/** What the task returns. */
export interface SequenceResult {
  sequence: string;
  /** Paths of the images that this run has made. */
  images: string[];
  /** Why nothing was done. */
  skipped?: string;
}

/**
 * Runs one sequence of the majordome's. Delivered again after a crash, it goes on after the images that the majordome
 * knows of; what the majordome does not want any more is not run. Terminated, it leaves the cameras idle.
 */
export class ExecuteSequence extends Task<[sequence: string], SequenceResult> {
  static override readonly name = 'observation.tasks.execute_sequence';
  override acksLate = true;
  override rejectOnWorkerLost = true;

  override async run(sequence: string): Promise<SequenceResult> {
    const { id: task, signal } = this.request;
    const ask = <T>(attempt: () => Promise<T>) => untilArrived(attempt, signal);
    const images: string[] = [];
    const used = new Set<Detector>();
    try {
      const reply = await ask(() =>
        Sender.request(Agent.MAJORDOME, BEGIN_SEQUENCE, { sequence, task }, { signal }),
      );
      const order = reply as SequenceOrder;
      for (const { detector } of order.scheduled.sequence.albums) used.add(detector);
      const tell = (step: SequenceStep) => {
        if (step.path !== undefined) images.push(step.path);
        this.updateState({ state: step.step, meta: { sequence, images } });
        return ask(() =>
          Sender.sendTo(Agent.MAJORDOME, SEQUENCE_STEP, { sequence, task, ...step }, { signal }),
        );
      };
      const { clock, config } = this.app;
      const hasAgent = (name: string) => config.agents.has(name);
      await runSequence(order, { clock, signal, tell, hasAgent });
      return { sequence, images };
    } catch (error) {
      if (signal.aborted) await Promise.all([...used].map(leaveIdle));
      if (errorCode(error) !== 'NOT_WANTED') throw error;
      return { sequence, images, skipped: errorText(error) };
    }
  }
}
