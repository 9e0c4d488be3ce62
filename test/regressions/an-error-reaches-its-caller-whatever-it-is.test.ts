/**
 * An error that could not be encoded (a property without text, a getter that throws, a stack that is no
 * text, shared memory in a process) was thrown again where failures are sent: a call of a LoopThread and a
 * call into the loop never ended, and a pool's worker died.
 */
import { expect, test } from 'vitest';
import { startProgram } from '../support/run-program.ts';

const TIME_LIMIT_MS = 120_000;

const arrived = [
  'property: Error: boom, ECODE',
  'getter: Error: boom',
  'stack: Error: boom',
  'freeVariable: ReferenceError: boom is not defined',
  'message: TypeError: a value that cannot be shown',
  'className: Error: boom',
  'sharedMemory: Error: boom, ECODE, [object SharedArrayBuffer], 7',
  'thrownMemory: [object SharedArrayBuffer]',
  'thrownObject: a value that cannot be shown',
  'revoked: a value that cannot be shown',
];
const unreadable = "result: TypeError: Cannot perform 'get' on a proxy that has been revoked";

async function outputOf(kind: string): Promise<string[]> {
  const path = 'test/regressions/programs/sends-odd-errors.ts';
  const program = startProgram(path, { args: [kind] });
  expect(await program.waitForExit(TIME_LIMIT_MS), program.stderr).toBe(0);
  return [...program.lines];
}

test('from the loop of a thread', { timeout: TIME_LIMIT_MS }, async () => {
  expect(await outputOf('loop')).toEqual([...arrived, unreadable]);
});

test.each(['threads', 'processes'])('from %s, and to them', { timeout: TIME_LIMIT_MS }, async (kind) => {
  const both = arrived.flatMap((line) => [line, line.replace(':', ' in the loop:')]);
  expect(await outputOf(kind)).toEqual([...both, unreadable]);
});
