/** How long requests took, in histograms. */

import { build, type Histogram } from 'hdr-histogram-js';
import type { Latencies } from './load-plan.ts';

/** What histograms count in: so many are a millisecond. */
export const MICROSECONDS = 1000;

export const newHistogram = (): Histogram => build({ numberOfSignificantValueDigits: 3 });

export function latenciesIn(histogram: Histogram): Latencies {
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / MICROSECONDS;
  return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: histogram.maxValue / MICROSECONDS };
}
