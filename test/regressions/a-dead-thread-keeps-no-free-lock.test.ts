/**
 * A thread that was ended while it waited for a lock left its claim, and `acquireSync(0)` of the others left
 * the free lock to it for ever.
 */
import { expect, test } from 'vitest';
import { type Coroutine, createTask, SharedLock, sleep } from '../../src/index.ts';
import { errorOf } from '../integration/executors/fixtures.ts';
import { withThreads } from '../integration/sharing/sharing.ts';

/** Where the thread stands that has waited long: see lock-words.ts. */
const WANTED = 7;

function* until(holds: () => boolean): Coroutine<void> {
  while (!holds()) yield* sleep(1);
}

test('its claim ends with it', () => {
  const lock = new SharedLock();
  const words = new Int32Array(lock.memory);
  withThreads(1, function* (work, pool) {
    lock.acquireSync();
    const waiting = createTask(errorOf(work.acquireText(lock, null)));
    yield* until(() => Atomics.load(words, WANTED) !== 0);
    pool.terminateWorkers();
    yield* waiting;
    lock.release();
    expect(Atomics.load(words, WANTED)).not.toBe(0);
    // Its end may be seen a moment later.
    yield* until(() => lock.acquireSync(0));
    expect(Atomics.load(words, WANTED)).toBe(0);
    lock.release();
  });
});
