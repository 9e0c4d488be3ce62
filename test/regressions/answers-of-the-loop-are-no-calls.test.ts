/**
 * A worker process that called the loop and did not wait for the answer took it for the next call of its
 * pool, and the failure of that for the one of another call.
 */
import { expect, test } from 'vitest';
import { startProgram } from '../support/run-program.ts';

test.each(['processes', 'threads'])('%s', async (kind) => {
  const path = 'test/regressions/programs/calls-without-answers.ts';
  const program = startProgram(path, { args: [kind] });
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  expect(program.lines.map(Number)).toEqual([200, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});
