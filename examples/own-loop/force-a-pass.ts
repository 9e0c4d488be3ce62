/**
 * `sleep(0)` forces a pass of the loop: a long computation lets the others have a turn, each time it says so.
 *
 *     npm run example -- force-a-pass
 */

import { fileURLToPath } from 'node:url';
import { type Coroutine, createTask, gather, print, runMain, sleep } from 'selectloop';
import { commandLine, wholeNumber } from '../command-line.ts';

/** Counts primes below `limit`; gives the others a turn after every `stride` numbers, or never for `Infinity`. */
export function* countPrimes(limit: number, stride: number): Coroutine<number> {
  let count = 0;
  for (let number = 2; number < limit; number++) {
    if (isPrime(number)) count++;
    if (number % stride === 0) yield* sleep(0);
  }
  return count;
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}

/** How many turns another task got while primes were counted. */
export function* turnsBeside(limit: number, stride: number): Coroutine<{ primes: number; turns: number }> {
  const counting = createTask(countPrimes(limit, stride));
  let turns = 0;
  const other = createTask(function* (): Coroutine<void> {
    while (!counting.done()) {
      yield* sleep(0);
      turns++;
    }
  });
  const [primes] = yield* gather([counting, other]);
  return { primes, turns };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { limit, stride } = commandLine('force-a-pass', {
    limit: wholeNumber(100_000, 'how far primes are counted'),
    stride: wholeNumber(1000, 'after how many numbers others get a turn', { least: 1 }),
  });
  for (const [what, each] of [
    ['without sleep(0)', Number.POSITIVE_INFINITY],
    [`with sleep(0) every ${stride}`, stride],
  ] as const) {
    const result = runMain(() => turnsBeside(limit, each));
    if (result !== undefined)
      print(`${what}: ${result.primes} primes, ${result.turns} turns for the other task`);
  }
}
