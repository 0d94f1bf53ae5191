// The options of a class of tasks, for callers that have imported it and registered it nowhere.
import type { CallOptions, Task, TaskClass } from './task.js';

/** What a task says of its calls. */
export type TaskOptions = Pick<Task, (typeof TAKEN_OVER)[number]>;

/** Those that a call takes over from its class. Time limits are not among them: the worker reads them off its own class. */
const TAKEN_OVER = ['queue', 'priority', 'expires', 'serializer', 'ignoreResult'] as const;

// biome-ignore lint/suspicious/noExplicitAny: of any class
const instances = new WeakMap<TaskClass<any, any>, Task<any, any>>();

/** The instance that stands for a class in this process as long as no application has registered it. */
export function instanceOf<A extends unknown[], R>(taskClass: TaskClass<A, R>): Task<A, R> {
  let task = instances.get(taskClass);
  if (!task) {
    task = new taskClass();
    instances.set(taskClass, task);
  }
  return task as Task<A, R>;
}

/** As options of a call. */
export function classOptions<A extends unknown[], R>(taskClass: TaskClass<A, R>): CallOptions {
  const task = instanceOf(taskClass);
  const given = TAKEN_OVER.flatMap((name) => (task[name] === undefined ? [] : [[name, task[name]]]));
  return Object.fromEntries(given) as CallOptions;
}
