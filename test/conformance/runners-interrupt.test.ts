/**
 * Ctrl-C in Runner.run: what CPython 3.13 says in test_runners. In processes of their own, which interrupt
 * themselves.
 */
import { describe, expect, it } from 'vitest';
import { startProgram } from '../support/run-program.ts';

async function linesOf(way: string): Promise<readonly string[]> {
  const program = startProgram('test/integration/loop/programs/interrupted-main.ts', { args: [way] });
  expect(await program.waitForExit(30_000)).toBe(0);
  expect(program.stderr).toBe('');
  return program.lines;
}

describe('Ctrl-C while main is', () => {
  it.each([
    ['never suspended for long', ['seen: true', 'KeyboardInterrupt', 'future cancelled: false']],
    ['waiting for a future', ['seen: true', 'KeyboardInterrupt', 'future cancelled: true']],
    ['cancelled already', ['CancelledError', 'future cancelled: false']],
    ['in its last step', ['KeyboardInterrupt', 'future cancelled: false']],
    ['done, and the loop looks once more', ['KeyboardInterrupt', 'future cancelled: false']],
  ])('%s', async (way, expected) => {
    expect(await linesOf(way)).toEqual(expected);
  });
});
