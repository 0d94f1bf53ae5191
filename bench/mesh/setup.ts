// Clocks of the benchmark.

/** Keeps `inFlight` calls going for a time. @returns calls per second */
export async function rate(
  inFlight: number,
  durationMs: number,
  call: () => Promise<unknown>,
): Promise<number> {
  const begun = performance.now();
  let done = 0;
  let going = true;
  setTimeout(() => {
    going = false;
  }, durationMs);
  const worker = async () => {
    while (going) {
      await call();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (done / (performance.now() - begun)) * 1000;
}

/** Times of calls one after the other, in µs. */
export async function loneTimes(count: number, call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const begun = performance.now();
    await call();
    times.push((performance.now() - begun) * 1000);
  }
  return times;
}
