import { describeValue } from '../coroutines/misuse.ts';

/** What a call that ends something after a time was given: milliseconds, or `null` for no limit. @throws TypeError for anything else */
export function checkedTime(valueMs: number | null, call: string, name: string): number | null {
  if (valueMs === null || (typeof valueMs === 'number' && !Number.isNaN(valueMs))) return valueMs;
  throw new TypeError(
    `${call}: ${name} must be a number of milliseconds or null, got ${describeValue(valueMs)}`,
  );
}
