import { describe, expect, test } from 'vitest';

interface Row {
  contender: string;
  ratio: { median: number; low: number; high: number };
  costNs: { median: number };
  messagesPerSecond?: number;
  bytesPerIdle?: number;
}

const { duration, toCells, toTable } = (await import(
  new URL('../../../bench/report.mjs', import.meta.url).href
)) as {
  duration(ns: number): string;
  toCells(rows: readonly Row[]): { headings: string[]; cells: string[][] };
  toTable(rows: readonly Row[]): string;
};

const limit: Row = { contender: 'limit', ratio: { median: 1, low: 1, high: 1 }, costNs: { median: 3_500 } };
const other: Row = {
  contender: 'a longer name',
  ratio: { median: 12.345, low: 11, high: 13 },
  costNs: { median: 43_207.5 },
  messagesPerSecond: 12_345.6,
};

test('durations have three digits and the unit in which they are read best', () => {
  expect([35.71, 4_321, 43_210, 5_600_000].map(duration)).toEqual([
    '35.7 ns',
    '4.32 µs',
    '43.2 µs',
    '5.60 ms',
  ]);
});

describe('tables', () => {
  test('leave out columns that no row fills, and keep one that some rows fill', () => {
    const { headings, cells } = toCells([limit, other]);
    expect(headings).toEqual(['contender', 'ratio', 'middle half', 'CPU each', 'messages/s']);
    expect(cells).toEqual([
      ['limit', '1.00', '1.00–1.00', '3.50 µs', ''],
      ['a longer name', '12.35', '11.00–13.00', '43.2 µs', '12,346'],
    ]);
  });

  test('show a zero', () => {
    expect(toCells([{ ...limit, bytesPerIdle: 0 }]).cells[0]).toContain('0.0 KiB');
  });

  test('align names to the left and figures to the right', () => {
    const lines = toTable([limit, other]).trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ {2}contender {5} +ratio/);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });
});
