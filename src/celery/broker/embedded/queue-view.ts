// What queues and workers look like from outside.
import type { QueueInfo } from '../broker.js';
import type { Dispatch } from './dispatch.js';
import type { LiveTasks } from './live-tasks.js';
import type { WorkerSession } from './worker-session.js';

export class QueueView {
  constructor(
    private readonly tasks: LiveTasks,
    private readonly dispatch: Dispatch,
    private readonly sessions: ReadonlyMap<string, WorkerSession>,
  ) {}

  queues(): QueueInfo[] {
    const counts = this.#counts();
    for (const name of counts.keys()) if (name !== '') this.dispatch.queue(name);
    return [...this.dispatch.queues()].map(([name, queue]) => ({
      name,
      ready: queue.waiting,
      scheduled: counts.get(name)?.scheduled ?? 0,
      held: counts.get(name)?.held ?? 0,
      consumers: [...this.sessions.values()]
        .filter((session) => session.present && session.queues.includes(name))
        .map(({ row }) => row.node),
    }));
  }

  workers(): { node: string; present: boolean; held: number }[] {
    return [...this.sessions.values()].map(({ row, present, held }) => ({
      node: row.node,
      present,
      held: held.size,
    }));
  }

  /** Tasks that wait for their time: when, and their messages. */
  scheduled(queues: string[], limit: number): [etaMs: number, message: Uint8Array][] {
    const waiting = [...this.tasks.byTag.values()].filter(
      ({ place, queue }) => place === 'scheduled' && queues.includes(queue),
    );
    waiting.sort((a, b) => a.etaMs - b.etaMs);
    return waiting.slice(0, limit).map((task) => [task.etaMs, this.tasks.message(task)]);
  }

  #counts(): Map<string, { scheduled: number; held: number }> {
    const counts = new Map<string, { scheduled: number; held: number }>();
    for (const task of this.tasks.byTag.values()) {
      const count = counts.get(task.queue) ?? { scheduled: 0, held: 0 };
      counts.set(task.queue, count);
      if (task.place === 'scheduled') count.scheduled += 1;
      if (task.place === 'held') count.held += 1;
    }
    return counts;
  }
}
