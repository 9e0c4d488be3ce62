/**
 * Prints the descriptors that a child has: nothing more, with some that are passed, and this program's own.
 */
import { readdirSync } from 'node:fs';
import { type Coroutine, run, runProcess } from 'selectloop';

run(function* (): Coroutine<void> {
  const names = readdirSync('/proc/self/fd').filter((name) => name === '9' || name === '300');
  console.log('own', names.join());
  for (const passFds of [[], [9], [300], [9, 300]]) {
    // `ls` has one more, for the folder: the lowest that is free.
    const { stdout } = yield* runProcess(['ls', '/proc/self/fd'], { capture: 'stdout', passFds });
    console.log('child', String(stdout).trim().split('\n').toSorted().join());
  }
});
