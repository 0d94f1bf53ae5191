// Waiting for something that nobody tells.

/** Waits for a condition, asked for every 10 ms. @throws Error after `limitMs` */
export async function until(limitMs: number, condition: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not after ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
