// Ctrl-C as a way to end a command that goes on until it is told to stop.
import { longTimer } from '../src/clock/index.js';

/** Aborts at the first Ctrl-C or SIGTERM; a second one ends the process as usual. `onStop` ends what is waited for. */
export function interruption(onStop: () => void = () => undefined): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    controller.abort();
    onStop();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return controller.signal;
}

/** Resolves after `ms`, or at once when `signal` aborts. It keeps the process alive until then. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = longTimer(ms, end);
    signal.addEventListener('abort', end);
  });
}
