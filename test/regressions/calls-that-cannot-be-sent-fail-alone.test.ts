/**
 * Each call whose arguments cannot be sent started the next one from within. Where thousands of them waited,
 * the stack overflowed, and nobody who waited for the pool ever heard of it.
 */
import { expect, test } from 'vitest';
import { gather, ThreadPoolExecutor } from '../../src/index.ts';
import { runLimited } from '../integration/executors/fixtures.ts';

test('many of them that wait for one worker', () => {
  runLimited(function* () {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const first = pool.submit(() => 1);
    const refused = Array.from({ length: 10_000 }, () =>
      pool.submit(
        (f) => f(),
        () => 2,
      ),
    );
    expect(yield* first).toBe(1);
    const errors = yield* gather(refused, { returnExceptions: true });
    expect(errors.every((error) => error instanceof TypeError)).toBe(true);
    expect(yield* pool.submit(() => 3)).toBe(3);
    yield* pool.shutdown();
  });
});
