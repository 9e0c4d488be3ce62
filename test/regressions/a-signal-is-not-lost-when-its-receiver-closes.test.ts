/**
 * A signal that had come, and that the loop had not read when its receiver was closed, was dropped: a SIGTERM
 * that ended nothing.
 */
import { expect, test } from 'vitest';
import { startProgram } from '../support/run-program.ts';

test.each(['unread', 'kept'])('%s, it is the process’s again', async (scene) => {
  const program = startProgram('test/regressions/programs/signals-at-the-end.ts', { args: [scene] });
  await program.waitForExit(60_000);
  expect(program.child.signalCode, program.stderr).toBe('SIGTERM');
});
