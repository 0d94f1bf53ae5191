// The tasks of one queue that wait for a worker, in the order in which they are to be delivered.
import type { LiveTask } from './live-task.js';

const LEVELS = 10;

/** First in, first out, at each of ten priorities. */
export class ReadyQueue {
  #levels = Array.from({ length: LEVELS }, () => new Lane());
  /** Tasks that wait and may be delivered. */
  length = 0;
  /** Tasks that a worker has sent back for a while. */
  postponed = 0;

  /** All tasks that wait. */
  get waiting(): number {
    return this.length + this.postponed;
  }

  push(task: LiveTask): void {
    task.place = 'ready';
    this.#lane(task).push(task);
    this.length += 1;
  }

  /** For one that was delivered before: it is next. */
  pushFront(task: LiveTask): void {
    task.place = 'ready';
    this.#lane(task).pushFront(task);
    this.length += 1;
  }

  /** For one that is not to be delivered for a while; then it is pushed. */
  postpone(task: LiveTask): void {
    task.place = 'postponed';
    this.postponed += 1;
  }

  /** Its while is over: it is delivered before those that never were, since it came before them. */
  resume(task: LiveTask): void {
    task.place = 'ready';
    this.postponed -= 1;
    this.#lane(task).resume(task);
    this.length += 1;
  }

  shift(): LiveTask | undefined {
    if (this.length === 0) return undefined;
    for (let level = LEVELS - 1; level >= 0; level -= 1) {
      const task = this.#levels[level]?.shift();
      if (!task) continue;
      this.length -= 1;
      return task;
    }
    return undefined;
  }

  /** Takes one out, wherever it stands: its entry is passed over later. */
  drop(task: LiveTask): void {
    if (task.place === 'postponed') this.postponed -= 1;
    else this.length -= 1;
    task.place = 'gone';
  }

  /** As {@link ReadyQueue.drop}, for one that may come back: its entry goes too. */
  take(task: LiveTask): void {
    this.drop(task);
    this.#lane(task).remove(task);
  }

  #lane({ priority }: LiveTask): Lane {
    return this.#levels[priority] ?? (this.#levels[0] as Lane);
  }
}

/** Tasks of one priority: what was given back, what comes again after a while, and what was never delivered. */
class Lane {
  #returned: LiveTask[] = [];
  readonly #resumed = new Line();
  readonly #new = new Line();

  push(task: LiveTask): void {
    this.#new.push(task);
  }

  pushFront(task: LiveTask): void {
    this.#returned.push(task);
  }

  resume(task: LiveTask): void {
    this.#resumed.push(task);
  }

  remove(task: LiveTask): void {
    this.#returned = this.#returned.filter((one) => one !== task);
    this.#resumed.remove(task);
    this.#new.remove(task);
  }

  shift(): LiveTask | undefined {
    for (let task = this.#next(); task; task = this.#next()) if (task.place === 'ready') return task;
    return undefined;
  }

  #next(): LiveTask | undefined {
    return this.#returned.pop() ?? this.#resumed.shift() ?? this.#new.shift();
  }
}

/** First in, first out. */
class Line {
  #tasks: LiveTask[] = [];
  #head = 0;

  push(task: LiveTask): void {
    this.#tasks.push(task);
  }

  remove(task: LiveTask): void {
    this.#tasks = this.#tasks.slice(this.#head).filter((one) => one !== task);
    this.#head = 0;
  }

  shift(): LiveTask | undefined {
    if (this.#head >= this.#tasks.length) return undefined;
    const task = this.#tasks[this.#head];
    this.#head += 1;
    // The front that was used up is given back now and then, not at each step.
    if (this.#head > 1024 && this.#head * 2 > this.#tasks.length) {
      this.#tasks = this.#tasks.slice(this.#head);
      this.#head = 0;
    }
    return task;
  }
}
