// The first module of a thread's worker: makes the thread object anew, runs it, and reports how it ended.
import { parentPort, workerData } from 'node:worker_threads';
import { ThreadingError, type ThreadingErrorCode } from './errors.js';
import { packError } from './packed-error.js';
import { revive } from './revive.js';
import { Thread } from './thread.js';
import type { ThreadData, ThreadReport } from './thread-messages.js';
import { registerCurrent, runningEnded } from './thread-registry.js';

type ThreadClass = new (options: { name: string; daemon: boolean; args: unknown[] }) => Thread;

function send(report: ThreadReport): void {
  parentPort?.postMessage(report);
}

async function main(data: ThreadData): Promise<void> {
  let stage: ThreadingErrorCode = 'THREAD_START_FAILED';
  try {
    const thread = makeThread(await findClass(data), data);
    registerCurrent(thread);
    stage = 'THREAD_FAILED';
    const result = await thread.run(...thread.args);
    stage = 'THREAD_NOT_CLONEABLE';
    send({ kind: 'done', result });
  } catch (error) {
    const code = stage === 'THREAD_START_FAILED' && error instanceof ThreadingError ? error.code : stage;
    send({ kind: 'failed', code, error: packError(error) });
  }
  // Node ends the workers of a worker that ends; Python lets them finish.
  await runningEnded();
  // As in Python the thread ends with `run`, whatever timers or sockets it has left open.
  process.exit();
}

async function findClass({ module, className }: ThreadData): Promise<ThreadClass> {
  const exported = Object.values((await import(module)) as Record<string, unknown>);
  const found = exported.find((value) => typeof value === 'function' && value.name === className);
  if (typeof found === 'function' && found.prototype instanceof Thread) return found as ThreadClass;
  throw new ThreadingError('THREAD_CLASS_INVALID', `${module} exports no Thread class "${className}"`);
}

function makeThread(threadClass: ThreadClass, data: ThreadData): Thread {
  const args = revive(data.args);
  const thread = new threadClass({ name: data.name, daemon: data.daemon, args });
  if (thread.args === args) return thread;
  const text = `the constructor of ${data.className} must take the options first and hand them to super`;
  throw new ThreadingError('THREAD_CLASS_INVALID', text);
}

void main(workerData as ThreadData);
