/**
 * `shutdown` of a server on threads said nothing when its threads refused `graceMs`: it returned, and they
 * went on to serve. Of its options only some were looked at.
 */
import { expect, test } from 'vitest';
import { startProgram } from '../support/run-program.ts';

test('in words, and goes on', async () => {
  const program = startProgram('test/regressions/programs/shuts-down-wrongly.ts');
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  expect(program.lines).toEqual([
    expect.stringContaining('TypeError: serveOnThreads: an object of options was expected, got null'),
    'TypeError: serveOnThreads: host must be an address as text, got number 5',
    "TypeError: serveOnThreads: sharing must be 'reuseport' or 'acceptor', got string neither",
    "RangeError: shutdown: graceMs must be 0 or more, got '5'",
    '1',
  ]);
});
