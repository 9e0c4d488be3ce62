/** The command ended with a stack when its output could not be written, as in `selectloop ps PID | head`. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Program, startProgram } from '../support/run-program.ts';

const PATH = 'test/integration/inspection/programs/selectloop-command.ts';

const inShell = (line: string, ...args: string[]): Program =>
  startProgram(PATH, { under: ['sh', '-c', line, 'sh'], args });

test('nobody reads any more', async () => {
  // The sleep is for the other end to be closed; without it the test would only be weaker.
  const program = inShell('{ sleep 0.1; "$@"; echo "code $?" >&2; } | true', 'addon');
  await program.waitForExit();
  expect(program.stderr).toBe('code 0\n');
});

test.skipIf(!existsSync('/dev/full'))('a full disk', async () => {
  const program = inShell('"$@" > /dev/full', 'addon');
  expect(await program.waitForExit()).toBe(1);
  expect(program.stderr).toMatch(/^selectloop: standard output cannot be written: ENOSPC.*\n$/);
});

test.each([
  ['selectloop: addon takes no PID and no options', ['addon', '1']],
  ["selectloop: a PID is needed, got '1e3'", ['ps', '1e3']],
])('%s', async (line, args) => {
  const program = startProgram(PATH, { args });
  expect(await program.waitForExit()).toBe(2);
  expect(program.stderr).toBe(`${line}\n`);
});
