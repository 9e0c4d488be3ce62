import { expect, test } from 'vitest';

interface Row {
  readonly contender: string;
  readonly ratio: { readonly median: number; readonly low: number; readonly high: number };
}

interface Trial {
  readonly name: string;
  readonly baseline: string;
  readonly rows: readonly Row[];
}

const { standing } = (await import(new URL('../../../bench/standing.mjs', import.meta.url).href)) as {
  standing(trial: Trial): string | null;
};

function row(contender: string, median: number, spread = 0.01): Row {
  return { contender, ratio: { median, low: median - spread, high: median + spread } };
}

function trial(name: string, ...rows: Row[]): Trial {
  return { name, baseline: 'limit', rows: [row('limit', 1, 0), ...rows] };
}

test('the first of all but the baseline is named', () => {
  expect(standing(trial('udp 1KiB 50c', row('go', 1.4), row('selectloop protocol', 1.1)))).toBe(
    'First: selectloop protocol (1.10).',
  );
});

test('middle halves that overlap share a place', () => {
  expect(standing(trial('udp 1KiB 50c', row('go', 1.1, 0.1), row('selectloop protocol', 1.15, 0.02)))).toBe(
    'First: go (1.10), and within its spread selectloop protocol (1.15).',
  );
});

test('where another is ahead, the reason stands there, and nobody forgets it', () => {
  const rows = [row('go', 1.1), row('selectloop sockets', 1.4), row('selectloop protocol', 1.3)];
  expect(standing(trial('udp 1KiB 50c', ...rows))).toMatch(
    /^First: go \(1\.10\); ours selectloop protocol \(1\.30\)\. Why: each datagram/,
  );
  expect(() => standing(trial('a new trial', ...rows))).toThrow(/does not say why go leads "a new trial"/);
});

test('there is no first among one', () => {
  expect(standing(trial('udp 1KiB 50c', row('selectloop protocol', 1.3)))).toBeNull();
});
