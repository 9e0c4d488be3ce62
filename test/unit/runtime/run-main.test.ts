import { isMainThread } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { KeyboardInterrupt, runMain, sleep } from '../../../src/index.ts';

const exitCodeBefore = process.exitCode;
afterEach(() => {
  process.exitCode = exitCodeBefore;
});

test('returns the value of main', () => {
  expect(
    runMain(function* () {
      yield* sleep(1);
      return 'done';
    }),
  ).toBe('done');
  expect(process.exitCode).toBe(exitCodeBefore);
});

test.runIf(isMainThread)('Ctrl-C: main is cleaned up, and the exit code is 130', () => {
  let cleanedUp = false;
  const value = runMain(function* () {
    try {
      process.kill(process.pid, 'SIGINT');
      yield* sleep(10_000);
    } finally {
      cleanedUp = true;
    }
  });
  expect(value).toBe(undefined);
  expect(cleanedUp).toBe(true);
  expect(process.exitCode).toBe(new KeyboardInterrupt('').exitCode);
});

test('any other error is the caller’s', () => {
  expect(() =>
    runMain(function* () {
      yield* sleep(0);
      throw new RangeError('no');
    }),
  ).toThrow(new RangeError('no'));
});
