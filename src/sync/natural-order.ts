/** The order of values that have one, as Python compares numbers, strings, dates, and tuples of them. */

import { describeValue } from '../coroutines/misuse.ts';

/**
 * Compares two values: numbers, bigints and booleans by value, strings by their UTF-16 units, dates by time, arrays item by item,
 * the shorter first when one is the beginning of the other. Items of arrays that are the same object are equal, whatever they are.
 *
 * @throws TypeError for values of different kinds, NaN, and all objects else
 */
export function compareNaturally(a: unknown, b: unknown): number {
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  if (isValidDate(a) && isValidDate(b)) return a.getTime() - b.getTime();
  throw new TypeError(
    `PriorityQueue: ${describeValue(a)} and ${describeValue(b)} have no order. Put arrays [priority, sequence, item] ` +
      'whose first members differ, or give the queue a { compare } function.',
  );
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    if (a[i] === b[i]) continue;
    const order = compareNaturally(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function isNumeric(value: unknown): value is number | bigint | boolean {
  if (typeof value === 'number') return !Number.isNaN(value);
  return typeof value === 'bigint' || typeof value === 'boolean';
}

function isValidDate(value: unknown): value is Date {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
