// The numbers of `pyros ping`.

/** Round-trip times in ms; `null` when no answer came. */
export interface PingSummary {
  agent: string;
  sent: number;
  lost: number;
  minMs: number | null;
  p50Ms: number | null;
  p90Ms: number | null;
  p99Ms: number | null;
  maxMs: number | null;
}

/** Percentiles by nearest rank: each is a time that was measured. */
export function pingSummary(agent: string, sent: number, timesMs: readonly number[]): PingSummary {
  const sorted = timesMs.toSorted((a, b) => a - b);
  const rank = (share: number) => rounded(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]);
  return {
    agent,
    sent,
    lost: sent - timesMs.length,
    minMs: rank(0),
    p50Ms: rank(0.5),
    p90Ms: rank(0.9),
    p99Ms: rank(0.99),
    maxMs: rank(1),
  };
}

/** To a microsecond. */
function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 1000) / 1000;
}
