/**
 * Counts of durations by size, in buckets that grow by half an octave: any percentile is known to within 42
 * %, in a few hundred bytes, whatever was recorded.
 */

/** The upper bound of the first bucket. */
const LEAST_MS = 0.01;
const BUCKETS_PER_OCTAVE = 2;
/** The last one begins at about ten minutes and has no end. */
const BUCKET_COUNT = 52;

/** What a histogram of durations holds, as plain values. */
export interface DurationSummary {
  /** How many were recorded. */
  readonly count: number;
  readonly meanMs: number;
  /** Half of them took at most this long: the upper bound of a bucket. */
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /**
   * Pairs for the buckets that are not empty: an upper bound in milliseconds, `Infinity` for the last, and a
   * count.
   */
  readonly buckets: readonly (readonly [upToMs: number, count: number])[];
}

export class DurationHistogram {
  private readonly counts = new Float64Array(BUCKET_COUNT);
  private count = 0;
  private totalMs = 0;
  private maxMs = 0;

  record(durationMs: number): void {
    const octaves = durationMs <= LEAST_MS ? 0 : Math.log2(durationMs / LEAST_MS);
    const index = Math.min(Math.ceil(octaves * BUCKETS_PER_OCTAVE), BUCKET_COUNT - 1);
    this.counts[index] = (this.counts[index] as number) + 1;
    this.count++;
    this.totalMs += durationMs;
    if (durationMs > this.maxMs) this.maxMs = durationMs;
  }

  summary(): DurationSummary {
    const buckets: [number, number][] = [];
    for (const [index, count] of this.counts.entries())
      if (count > 0) buckets.push([upperBoundMs(index), count]);
    return {
      count: this.count,
      meanMs: this.count === 0 ? 0 : this.totalMs / this.count,
      p50Ms: this.percentileMs(0.5),
      p90Ms: this.percentileMs(0.9),
      p99Ms: this.percentileMs(0.99),
      maxMs: this.maxMs,
      buckets,
    };
  }

  /**
   * The upper bound of the bucket in which the share of `share` is reached; never more than the longest that
   * came.
   */
  private percentileMs(share: number): number {
    let left = Math.ceil(this.count * share);
    if (left === 0) return 0;
    for (const [index, count] of this.counts.entries()) {
      left -= count;
      if (left <= 0) return Math.min(upperBoundMs(index), this.maxMs);
    }
    return this.maxMs;
  }
}

function upperBoundMs(index: number): number {
  return index === BUCKET_COUNT - 1 ? Number.POSITIVE_INFINITY : LEAST_MS * 2 ** (index / BUCKETS_PER_OCTAVE);
}
