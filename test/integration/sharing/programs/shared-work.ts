/** Called on threads by the tests of shared memory. */
import {
  type Coroutine,
  run,
  SharedArray,
  SharedLock,
  type SharedMemory,
  type SharedNumbers,
  SharedRLock,
  SharedValue,
  sleep,
} from 'selectloop';

/** Adds 1, so many times, in two steps that belong together. */
export function countSync(shared: SharedMemory, words: Int32Array, times: number): void {
  const lock = new SharedLock(shared);
  for (let i = 0; i < times; i++) {
    using _ = lock.holdSync();
    const before = words[0] as number;
    // Whoever is not kept out has time to do the same.
    for (let j = 0; j < 50; j++) words[1] = j;
    words[0] = before + 1;
  }
}

/** The same, from a loop of its own with three tasks. */
export function countInLoop(shared: SharedMemory, words: Int32Array, times: number): void {
  run(function* (): Coroutine<void> {
    const lock = new SharedLock(shared);
    for (let i = 0; i < times; i++) {
      yield* lock.with(function* () {
        const before = words[0] as number;
        if (i % 16 === 0) yield* sleep(0);
        words[0] = before + 1;
      });
    }
  });
}

/** Holds it until word 2 is set, or for so long, and says in word 0 that it does. */
export function holdUntilTold(shared: SharedMemory, words: Int32Array, limitMs = 10_000): void {
  const lock = new SharedLock(shared);
  lock.acquireSync();
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
  Atomics.wait(words, 2, 0, limitMs);
  lock.release();
}

/**
 * Holds it for a millisecond, lets go and takes it again at once, until word 0 is set; counts that in word 1.
 */
export function hog(shared: SharedMemory, words: Int32Array): void {
  const lock = new SharedLock(shared);
  while (Atomics.load(words, 0) === 0) {
    using _ = lock.holdSync();
    Atomics.add(words, 1, 1);
    const startMs = performance.now();
    while (performance.now() - startMs < 1) Atomics.load(words, 0);
  }
}

/** Ends with the lock. */
export function dieHolding(shared: SharedMemory, words: Int32Array, delayMs: number): void {
  new SharedLock(shared).acquireSync();
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
  Atomics.wait(words, 1, 0, delayMs);
  process.exit(0);
}

export function acquireText(shared: SharedMemory, timeoutMs: number | null): string {
  try {
    const lock = new SharedLock(shared);
    if (!lock.acquireSync(timeoutMs)) return 'timed out';
    lock.release();
    return 'acquired';
  } catch (error) {
    return String(error);
  }
}

export function releaseText(shared: SharedMemory): string {
  try {
    new SharedLock(shared).release();
    return 'released';
  } catch (error) {
    return String(error);
  }
}

export function nested(shared: SharedMemory, times: number): string {
  const lock = new SharedRLock(shared);
  for (let i = 0; i < times; i++) lock.acquireSync();
  const held = String(lock);
  for (let i = 0; i < times; i++) lock.release();
  return held;
}

export function add(shared: SharedNumbers, times: number): void {
  const value = new SharedValue(shared);
  for (let i = 0; i < times; i++) value.add(1);
}

/** Two accesses that belong together, under the lock of the value; through two objects. */
export function addInSteps(shared: SharedNumbers, times: number): void {
  const value = new SharedValue(shared);
  for (let i = 0; i < times; i++) {
    using _outer = value.lock.holdSync();
    using _inner = new SharedValue(shared).lock.holdSync();
    value.value = value.value + 1;
  }
}

export function largest(shared: SharedNumbers, from: number, to: number): void {
  const value = new SharedValue(shared);
  for (let n = from; n < to; n++) value.update((before) => Math.max(before, n / 2));
}

export function tally(shared: SharedNumbers, text: string): void {
  const counts = new SharedArray(shared);
  for (const char of text) counts.add(char.charCodeAt(0) - 97, 1);
}
