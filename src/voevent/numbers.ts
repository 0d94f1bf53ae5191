// Numbers as XML Schema writes them.

// No digit can be matched in two ways: a stranger's million digits must not take hours.
const FLOAT = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** A finite number in decimal notation; absent for anything else, so also for an empty text, NaN and INF. */
export function readFloat(text: string | undefined): number | undefined {
  const trimmed = text?.trim();
  if (trimmed === undefined || !FLOAT.test(trimmed)) return undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : undefined;
}
