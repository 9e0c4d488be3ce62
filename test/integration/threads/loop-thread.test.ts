/** Loops on threads, started from a loop that blocks its own. */
import { describe, expect, test } from 'vitest';
import { startProgram, TYPESCRIPT_TRACES } from '../../support/run-program.ts';

async function outputOf(name: string, ...more: string[]): Promise<string[]> {
  const program = startProgram('test/integration/threads/programs/loop-thread.ts', {
    args: [name, ...more],
    nodeArgs: TYPESCRIPT_TRACES,
  });
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  return [...program.lines];
}

describe('LoopThread', () => {
  test('calls functions of its module by name, and sends errors back', async () => {
    // Its loop has ended after stop(), its thread perhaps.
    const state = '(stopping|ended)';
    expect(await outputOf('calls')).toEqual([
      '<LoopThread service starting calls=0>',
      '3,7',
      '2',
      'RangeError: too far 3 true true',
      "TypeError: nothing(): the thread's module has no function of that name",
      expect.stringMatching(`^<LoopThread service ${state} calls=0>$`),
      expect.stringMatching(
        `^RuntimeError: call: <LoopThread service ${state} calls=0> was stopped and takes no more calls$`,
      ),
      'threads left false',
    ]);
  });

  test('stops at once, however long its select() would sleep, and runs its finally blocks', async () => {
    const lines = await outputOf('stop');
    expect(lines.slice(0, 3)).toEqual([1, 2, 3].map((n) => `finally ran ${n} cancelled true`));
    // The fastest of three takes a few milliseconds; on a busy machine more, but less than the slices of a
    // wait.
    expect(Number(lines[3])).toBeLessThan(150);
  });

  test('says how it died', async () => {
    const lines = await outputOf('deaths');
    expect(lines.slice(0, 3)).toEqual([
      'BrokenExecutorError: exiting ended with exit code 3 before it answered',
      'BrokenExecutorError: exiting ended with exit code 3',
      '<LoopThread spinning ended calls=0> call cancelled true true',
    ]);
    expect(lines[3]).toMatch(/^BrokenExecutorError: absent died of an error: Error: Cannot find module/);
  });

  test('reports errors that nobody can catch, and its own death, to its starter', async () => {
    expect(await outputOf('reports')).toEqual([
      expect.stringMatching(/^reported: .* \(in service\) Error: in a callback$/),
      '2',
      'reported: dying ended BrokenExecutorError: dying ended with exit code 4',
      'threads left false',
    ]);
  });

  test('ends with the loop that started it, whatever it does', async () => {
    expect(await outputOf('left')).toEqual(['leaving', 'threads left false']);
  });
});
