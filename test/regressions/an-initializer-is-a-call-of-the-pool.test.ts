/**
 * A worker whose initializer could not be sent worked without it. And a call of the same function by the
 * user, which failed, was taken for the initializer: it broke the pool, and never ended.
 */
import { expect, test } from 'vitest';
import { BrokenExecutorError, ThreadPoolExecutor, waitFor } from '../../src/index.ts';
import { runLimited } from '../integration/executors/fixtures.ts';

test('one whose arguments cannot be sent breaks the pool', () => {
  runLimited(function* () {
    const initializerArgs = [() => 1];
    const pool = new ThreadPoolExecutor({ maxWorkers: 1, initializer: () => {}, initializerArgs });
    for (let i = 0; i < 2; i++) {
      expect(() => pool.submit(() => 1)).toThrow(BrokenExecutorError);
      expect(() => pool.submit(() => 1)).toThrow('initializer(): an argument cannot be sent to a worker');
    }
    yield* pool.shutdown();
  });
});

test('its function fails for its caller, when the pool calls it too', () => {
  runLimited(function* () {
    const failIf = (isWanted: boolean): void => {
      if (isWanted) throw new RangeError('as wanted');
    };
    const pool = new ThreadPoolExecutor({ maxWorkers: 1, initializer: failIf, initializerArgs: [false] });
    let failure: unknown;
    try {
      yield* waitFor(pool.submit(failIf, true), 5000);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(RangeError);
    expect(yield* pool.submit(() => 1)).toBe(1);
    yield* pool.shutdown();
  });
});
