/**
 * Each start of a thread that Node refused left a pipe and a wake-up behind. What is left open fails a test:
 * see `failOnFdLeaks`.
 */
import { expect, test } from 'vitest';
import { ThreadPoolExecutor } from '../../src/index.ts';
import { realLoop } from '../integration/loop/real-loop.ts';

test('options that Node refuses', () => {
  const { loop } = realLoop();
  loop.run(function* () {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1, execArgv: ['--no-such-option'] });
    for (let i = 0; i < 2; i++) expect(() => pool.submit(() => 1)).toThrow('--no-such-option');
    yield* pool.shutdown();
  });
});
