// Waiting, but not for ever.

/** What `work` gives. @throws Error when it has not ended after `patienceMs`; what `work` throws */
export async function withPatience<T>(
  work: Promise<T> | undefined,
  patienceMs: number,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`has not ended after ${patienceMs / 1000} s`)), patienceMs);
  });
  try {
    return await Promise.race([work, patience]);
  } finally {
    clearTimeout(timer);
  }
}
