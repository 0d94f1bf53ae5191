// Keeps the event loop of this thread turning while something is awaited that Node does not count as work.

/** Far away: the timer is there to be counted, not to fire. */
const PERIOD_MS = 2 ** 30;

let holders = 0;
let timer: NodeJS.Timeout | undefined;

/** Keeps this thread's event loop alive until the function that it returns was called. */
export function keepAlive(): () => void {
  holders += 1;
  timer ??= setInterval(() => {}, PERIOD_MS);
  return release;
}

function release(): void {
  holders -= 1;
  if (holders > 0) return;
  clearInterval(timer);
  timer = undefined;
}
