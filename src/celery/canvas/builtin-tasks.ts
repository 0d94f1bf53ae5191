// Tasks that every worker has, as in Celery: the canvas is made of them.
import type { SignatureData } from '../message.js';
import { type RunningCall, Task } from '../task.js';

/** Returns its arguments, or one of them. */
export class Accumulate extends Task<unknown[], unknown> {
  static override readonly name = 'celery.accumulate';
  override run(...args: unknown[]): unknown {
    const { index } = this.request.kwargs;
    const given = Object.keys(this.request.kwargs).length > 0 ? args.slice(0, -1) : args;
    return typeof index === 'number' ? given[index] : given;
  }
}

/** Runs a task for each of some arguments, in this process. */
abstract class Mapping extends Task<[{ task: SignatureData; it: unknown[] }], unknown[]> {
  override async run({ task, it }: { task: SignatureData; it: unknown[] }): Promise<unknown[]> {
    const mapped = this.app.task(task.task);
    const call: RunningCall = {
      request: this.request,
      updateState: (state, meta, taskId) => this.updateState({ state, meta, taskId }),
    };
    const kwargs = Object.keys(task.kwargs ?? {}).length > 0 ? [task.kwargs] : [];
    const results: unknown[] = [];
    mapped.enter(call);
    try {
      for (const item of it)
        results.push(await mapped.run(...(task.args ?? []), ...this.argumentsOf(item), ...kwargs));
    } finally {
      mapped.enter(undefined);
    }
    return results;
  }

  protected abstract argumentsOf(item: unknown): unknown[];
}

export class XMap extends Mapping {
  static override readonly name = 'celery.map';
  protected override argumentsOf(item: unknown): unknown[] {
    return [item];
  }
}

export class XStarmap extends Mapping {
  static override readonly name = 'celery.starmap';
  protected override argumentsOf(item: unknown): unknown[] {
    return Array.isArray(item) ? item : [item];
  }
}

export const BUILTIN_TASKS = [Accumulate, XMap, XStarmap];
