/**
 * Checks properties with fast-check, in bounded time. A property runs in the thread of the test, where the
 * runner's time limit does not reach: so the search for a counterexample and the search for a shorter one are
 * both cut off here, and each is repeatable by its seed.
 *
 * - `npm test` takes the same programs each time, so that it fails for everybody or for nobody.
 * - The full size (`size.ts`) takes eight times as many, others each time, and tells the seed.
 * - `npm run test:properties` goes on with fresh seeds for minutes.
 * - `SELECTLOOP_TEST_SEED=…` repeats a run; a failure says which one it was.
 */
import { writeSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';
import { sized } from './size.ts';

export interface SearchOptions {
  /** How many random programs to try in the full size; an eighth of them in the small one. By default 200. */
  readonly runs?: number;
  /** After how many milliseconds to stop, with whatever was tried until then. By default 5000. */
  readonly limitMs?: number;
}

/** How long to search for one counterexample, set by scripts/test-properties.mjs; 0 for a single search. */
const SEARCH_MS = Number(process.env.SELECTLOOP_PROPERTY_MINUTES ?? 0) * 60_000;
/** What shortening a counterexample may take beyond the end of a long search. */
const SHRINK_MS = 10_000;
/** How long one property may be searched in all, beyond its own limit. */
export const LONGEST_SEARCH_MS = SEARCH_MS === 0 ? 0 : SEARCH_MS + SHRINK_MS;
const STDERR = 2;

/**
 * Fails the test if `property` does not hold for some program.
 * @returns how many programs were tried; at least 1
 */
export function holds<Ts>(property: fc.IProperty<Ts>, options: SearchOptions = {}): number {
  const { runs = 200, limitMs = 5000 } = options;
  const numRuns = sized(Math.ceil(runs / 8), runs);
  if (SEARCH_MS === 0) return search(property, { ...firstSeed(), numRuns }, limitMs);
  const deadlineMs = performance.now() + SEARCH_MS;
  let total = 0;
  while (performance.now() < deadlineMs) {
    const remainingMs = deadlineMs - performance.now();
    total += search(
      property,
      { ...told(freshSeed()), numRuns: Math.max(runs, 1000) },
      remainingMs + SHRINK_MS,
    );
  }
  return total;
}

function search<Ts>(property: fc.IProperty<Ts>, parameters: fc.Parameters<Ts>, limitMs: number): number {
  const result = fc.check(property, { ...parameters, interruptAfterTimeLimit: limitMs });
  if (result.failed) {
    throw new Error(
      `${fc.defaultReportMessage(result) ?? 'failed'}\nRepeat it: SELECTLOOP_TEST_SEED=${result.seed}`,
      { cause: result.errorInstance },
    );
  }
  expect(result.numRuns, 'programs tried within the time limit').toBeGreaterThan(0);
  return result.numRuns;
}

function firstSeed(): { readonly seed: number } {
  const given = process.env.SELECTLOOP_TEST_SEED;
  if (given !== undefined) return told(Number(given));
  return sized(
    () => ({ seed: 1 }),
    () => told(freshSeed()),
  )();
}

function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

/** Told before the search, and past the runner: if it hangs, this line is all that is known. */
function told(seed: number): { readonly seed: number } {
  writeSync(STDERR, `property: ${expect.getState().currentTestName}: seed ${seed}\n`);
  return { seed };
}
