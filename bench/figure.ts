// What a benchmark reports.

/** One measured figure, beside a baseline of the same run and a goal. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What the plainest thing that could do the work takes, measured in the same run. */
  baseline: number | null;
  /** value / baseline */
  ratio: number | null;
  /** For example `<= 50` or `ratio >= 0.7`. */
  goal: string | null;
  met: boolean;
}

/** What is asked of a figure. All that is given must hold. */
export interface Goal {
  atMost?: number;
  atLeast?: number;
  ratioAtMost?: number;
  ratioAtLeast?: number;
}

/** A benchmark: `bench/NAME/index.ts` exports one by default. `quick` must end within 50 s. */
export type Benchmark = (options: { quick: boolean }) => Promise<Figure[]>;

/** Makes a figure, rounded to four digits, and holds it against its goal. */
export function figure(
  name: string,
  value: number,
  unit: string,
  goal: Goal = {},
  baseline?: number,
): Figure {
  const ratio = baseline === undefined ? undefined : value / baseline;
  const checks: [string, boolean][] = [];
  if (goal.atMost !== undefined) checks.push([`<= ${goal.atMost}`, value <= goal.atMost]);
  if (goal.atLeast !== undefined) checks.push([`>= ${goal.atLeast}`, value >= goal.atLeast]);
  if (goal.ratioAtMost !== undefined)
    checks.push([`ratio <= ${goal.ratioAtMost}`, (ratio ?? Number.NaN) <= goal.ratioAtMost]);
  if (goal.ratioAtLeast !== undefined)
    checks.push([`ratio >= ${goal.ratioAtLeast}`, (ratio ?? Number.NaN) >= goal.ratioAtLeast]);
  return {
    name,
    value: rounded(value),
    unit,
    baseline: baseline === undefined ? null : rounded(baseline),
    ratio: ratio === undefined ? null : rounded(ratio),
    goal: checks.length > 0 ? checks.map(([text]) => text).join(' and ') : null,
    met: checks.every(([, met]) => met),
  };
}

/** The value below which the given part (0 to 1) of the samples lies. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1));
  return sorted[index] ?? Number.NaN;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
