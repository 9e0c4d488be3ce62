/** Checks of what constructors are given: each message names the call and says what was expected. */

import { describeValue } from '../coroutines/misuse.ts';

/**
 * Checks a count: a whole number of at least `least`, or Infinity.
 * @throws TypeError for what is not a number; RangeError for one that is too small or has a fraction
 */
export function checkCount(value: unknown, least: number, name: string, call: string): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${call}: ${name} must be a number, got ${describeValue(value)}`);
  }
  if (value >= least && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY)) return;
  throw new RangeError(`${call}: ${name} must be a whole number of at least ${least}, got ${value}`);
}

/**
 * Refuses arguments to a call that takes none, such as the `loop` that asyncio's constructors took until 3.9.
 */
export function refuseArguments(given: readonly unknown[], call: string): void {
  if (given.length === 0) return;
  throw new TypeError(
    `${call} takes no arguments, got ${describeValue(given[0])}. The loop is found when it is needed.`,
  );
}
