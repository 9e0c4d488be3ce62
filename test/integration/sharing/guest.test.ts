/** Locks of a loop that is a guest of Node's own: waits for other threads while Node's loop turns. */
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { runGuest, SharedLock, SharedValue, ThreadPoolExecutor } from '../../../src/index.ts';
import { builtProgram } from '../../support/built-program.ts';
import { newWords } from './sharing.ts';

test('a task of a guest waits for a lock that a thread holds; Node goes on meanwhile', async () => {
  const url = pathToFileURL(builtProgram('test/integration/sharing/programs/shared-work.ts'));
  const words = newWords();
  const lock = new SharedLock();
  const value = new SharedValue('int32');
  let waited = '';
  await runGuest(function* () {
    using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const work = pool.module<typeof import('./programs/shared-work.ts')>(url);
    const held = work.holdUntilTold(lock, words);
    while (Atomics.load(words, 0) === 0) yield* work.add(value, 1);
    // Only Node's own loop can end the wait: the thread holds the lock until it is told.
    setTimeout(() => {
      waited = String(lock);
      Atomics.store(words, 2, 1);
      Atomics.notify(words, 2);
    }, 20);
    yield* lock.with(() => work.add(value, 1));
    yield* held;
  });
  expect(waited).toMatch(/^<SharedLock \[held by the thread with threadId \d+, waiters:1\]>$/);
  expect(value.value).toBeGreaterThan(0);
  expect(String(lock)).toBe('<SharedLock [free]>');
});
