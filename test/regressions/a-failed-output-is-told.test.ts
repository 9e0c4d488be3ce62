/**
 * A standard output that failed, as on a full disk, said "connection lost", which a server takes for a client
 * that went away; and nothing at all when nobody awaited the write.
 */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Program, startProgram } from '../support/run-program.ts';

const inShell = (how: string, line: string): Program =>
  startProgram('test/regressions/programs/writes-to-output.ts', {
    under: ['sh', '-c', line, 'sh'],
    args: [how],
  });

const REPORT = 'What was written to a standard output is not all there';

test.skipIf(!existsSync('/dev/full'))('a full disk: to who awaits the write, once', async () => {
  const program = inShell('awaits', '"$@" > /dev/full');
  expect(await program.waitForExit()).toBe(0);
  expect(program.stderr).toBe('ENOSPC write, a disconnect: false\n');
});

test.skipIf(!existsSync('/dev/full'))(
  'a full disk: at the end of the run, if nobody awaits one',
  async () => {
    const program = inShell('forgets', '"$@" > /dev/full');
    expect(await program.waitForExit()).toBe(0);
    expect(program.stderr.split(REPORT).length).toBe(2);
    expect(program.stderr).toContain('OSError: write ENOSPC');
  },
);

test('a descriptor that is open for reading only', async () => {
  const program = inShell('awaits', '"$@" 1< package.json');
  expect(await program.waitForExit()).toBe(0);
  expect(program.stderr).toBe('EBADF write, a disconnect: false\n');
});

test('a reader that has gone is no failure', async () => {
  const program = inShell('forgets', '"$@" | true');
  expect(await program.waitForExit()).toBe(0);
  expect(program.stderr).toBe('');
});
