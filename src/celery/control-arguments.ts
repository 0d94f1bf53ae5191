// What commands to workers may say: checked where they are typed, and again by each worker that gets them.
import { isQueueName } from '../config/index.js';
import { isLimit, isTaskId, isTaskName, LONGEST_LIMIT_S, shown, signalOf } from './call-options.js';
import { parseRate } from './worker/rate-limit.js';

/** Children or threads that a worker can have. */
export const LARGEST_POOL = 1024;

type Arguments = Record<string, unknown>;

const CHECKS: Readonly<Record<string, (args: Arguments) => string | undefined>> = {
  revoke: callMistake,
  terminate: callMistake,
  rate_limit: ({ task_name: name, rate_limit: rate }) =>
    taskMistake(name) ??
    (isRate(rate)
      ? undefined
      : `Invalid rate limit string: ${shown(rate)}: expected one such as 10/m, 5/s, or 0`),
  time_limit: ({ task_name: name, soft, hard }) =>
    taskMistake(name) ?? limitMistake('soft', soft) ?? limitMistake('hard', hard),
  add_consumer: queueMistake,
  cancel_consumer: queueMistake,
  pool_grow: sizeMistake,
  pool_shrink: sizeMistake,
};

/** What is wrong with the arguments of a command; `undefined` when nothing is. */
export function controlMistake(method: string, args: Arguments): string | undefined {
  return Object.hasOwn(CHECKS, method) ? CHECKS[method]?.(args) : undefined;
}

function callMistake({ task_id: given, signal }: Arguments): string | undefined {
  const ids: unknown[] = Array.isArray(given) ? given : [given];
  const wrong = ids.findIndex((id) => !isTaskId(id));
  if (wrong >= 0 || ids.length === 0) return `${shown(ids[wrong])} is no id of a call`;
  if (signal === undefined || signalOf(signal)) return undefined;
  return `${shown(signal)} is no signal of this system: expected one such as SIGTERM, SIGINT or SIGKILL`;
}

function taskMistake(name: unknown): string | undefined {
  return isTaskName(name) ? undefined : `${shown(name)} is no name of a task such as app.module.task`;
}

function limitMistake(which: string, value: unknown): string | undefined {
  if (value === undefined || value === null || isLimit(value)) return undefined;
  return `the ${which} limit is ${shown(value)}: expected seconds up to ${LONGEST_LIMIT_S}, 0 for none`;
}

function queueMistake({ queue }: Arguments): string | undefined {
  if (typeof queue === 'string' && isQueueName(queue)) return undefined;
  return `${shown(queue)} is no name of a queue: letters, digits, _ . @ : -`;
}

function sizeMistake({ n }: Arguments): string | undefined {
  if (n === undefined || (Number.isInteger(n) && Number(n) >= 1 && Number(n) <= LARGEST_POOL))
    return undefined;
  return `the change is ${shown(n)}: expected a whole number from 1 to ${LARGEST_POOL}`;
}

function isRate(rate: unknown): boolean {
  return (
    (typeof rate === 'string' || typeof rate === 'number' || rate === null) && parseRate(rate) !== undefined
  );
}
