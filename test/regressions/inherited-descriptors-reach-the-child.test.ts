/**
 * Node makes its descriptors 0, 1 and 2 close-on-exec when it starts. A child that inherited one of them
 * found it closed. The runner's own are pipes that are not to be written to, so each case is a program of its
 * own.
 */
import { expect, test } from 'vitest';
import { startProgram } from '../support/run-program.ts';

test.each([
  ['by default', 'out hello', 'err hello\n'],
  ['without stdin', 'out ', 'err \n'],
  ['stderr with stdout', 'out hello\nerr hello', ''],
  ['stdout alone', 'out hello', ''],
  ['by fork', 'out hello', 'err hello\n'],
  ['of runProcess', 'out ', 'err \n'],
  ['closed stdin', 'out ', 'err \n'],
])('%s', async (name, stdout, stderr) => {
  const program = startProgram('test/regressions/programs/inherited-stdio.ts', { args: [name] });
  program.child.stdin.on('error', () => undefined).end('hello\n');
  expect(await program.waitForExit(30_000), program.stderr).toBe(7);
  expect(program.lines.join('\n')).toBe(stdout);
  if (name === 'closed stdin') {
    // The shell has its own words on that, before what it was told to write.
    expect(program.stderr).toContain(stderr);
  } else {
    expect(program.stderr).toBe(stderr);
  }
});
