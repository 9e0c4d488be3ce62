import { describe, expect, test } from 'vitest';

interface Statistics {
  median(values: readonly number[]): number;
  quantile(values: readonly number[], share: number): number;
  shuffle<T>(values: readonly T[], random?: () => number): T[];
  spread(values: readonly number[]): { median: number; low: number; high: number };
}

const { median, quantile, shuffle, spread } = (await import(
  new URL('../../../bench/statistics.mjs', import.meta.url).href
)) as Statistics;

describe('quantile', () => {
  test('is a value of the list where there is one at that place, whatever the order', () => {
    expect(quantile([30, 10, 20], 0.5)).toBe(20);
    expect(quantile([30, 10, 20], 0)).toBe(10);
    expect(quantile([30, 10, 20], 1)).toBe(30);
  });

  test('lies between two neighbours elsewhere', () => {
    expect(median([1, 2])).toBe(1.5);
    expect(quantile([0, 10, 20, 30], 0.25)).toBe(7.5);
  });

  test('of nothing is refused', () => {
    expect(() => median([])).toThrow(/at least one value/);
  });

  test('leaves the list as it is', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

test('spread is the median and the middle half', () => {
  expect(spread([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
});

describe('shuffle', () => {
  test('keeps every value once, and leaves the list as it is', () => {
    const values = Array.from({ length: 50 }, (_, i) => i);
    const shuffled = shuffle(values);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(values);
    expect(values[0]).toBe(0);
  });

  test('can bring forth each order', () => {
    const orders = new Set(Array.from({ length: 500 }, () => shuffle(['a', 'b', 'c']).join('')));
    expect([...orders].toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  });
});
