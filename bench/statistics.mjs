/**
 * Medians and their spread. Nothing else is needed: what disturbs a measurement is not normally distributed.
 */

/** The value that `share` (0 to 1) of `values` do not exceed, interpolated between neighbours. */
export function quantile(values, share) {
  if (values.length === 0) throw new RangeError('quantile: at least one value is needed');
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const low = Math.floor(position);
  const high = Math.ceil(position);
  return sorted[low] + (sorted[high] - sorted[low]) * (position - low);
}

export function median(values) {
  return quantile(values, 0.5);
}

/** The median and the middle half of `values`. */
export function spread(values) {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** A new array of the same values in random order (Fisher and Yates). */
export function shuffle(values, random = Math.random) {
  const shuffled = [...values];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[k]] = [shuffled[k], shuffled[i]];
  }
  return shuffled;
}
