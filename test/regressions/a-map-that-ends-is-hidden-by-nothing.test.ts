/**
 * `map` asked its items for their end from within `cancel()`, whose caller got what their clean-up threw; and
 * it asked those that had failed already, whose own error that hid.
 */
import { expect, test } from 'vitest';
import { CancelledError, type Coroutine, createTask, sleep, ThreadPoolExecutor } from '../../src/index.ts';
import { runLimited } from '../integration/executors/fixtures.ts';
import { realLoop } from '../integration/loop/real-loop.ts';

function fail(): never {
  throw new Error('clean-up');
}

function* uncleanly(): Generator<number> {
  try {
    for (let i = 0; ; i++) yield i;
  } finally {
    fail();
  }
}

test('a cancellation, by clean-up that fails; which is reported', () => {
  const { loop, takeReports } = realLoop();
  loop.run(function* (): Coroutine<void> {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const mapping = createTask(function* () {
      yield* pool.map((n) => n, uncleanly(), { bufferSize: 1 });
    });
    yield* sleep(5);
    expect(mapping.cancel()).toBe(true);
    let failure: unknown;
    try {
      yield* mapping;
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(CancelledError);
    yield* pool.shutdown();
  });
  expect(takeReports().map(({ exception }) => (exception as Error).message)).toEqual(['clean-up']);
});

test('an error of the items, by asking them for their end', () => {
  runLimited(function* () {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const asked: string[] = [];
    const items = {
      [Symbol.iterator]: () => ({
        next(): never {
          throw new Error('no items');
        },
        return(): never {
          asked.push('return');
          throw new Error('no end');
        },
      }),
    };
    expect(() => pool.map((n) => n, items)).toThrow('no items');
    yield* pool.shutdown();
    expect(asked).toEqual([]);
  });
});
