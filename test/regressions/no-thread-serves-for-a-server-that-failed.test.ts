/** `serveOnThreads` failed by one thread, and another one that was still beginning served the port. */
import { expect, test } from 'vitest';
import { startProgram } from '../support/run-program.ts';

test('all threads of a server that cannot start are ended', async () => {
  const program = startProgram('test/regressions/programs/fails-on-one-thread.ts');
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  expect(program.lines).toEqual(['RangeError: not this one', 'ECONNREFUSED']);
});
