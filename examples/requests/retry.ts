/** Retries with back-off and jitter, for work that may succeed when it is tried again. */

import { type Coroutine, isCancelled, sleep } from 'selectloop';

export interface RetryOptions {
  /** How often to try, the first time included. Default: 4. */
  readonly attempts?: number;
  /** The longest pause before the second attempt; it doubles with each further one. Default: 100 ms. */
  readonly baseMs?: number;
  /** The longest pause of all. Default: 5 s. */
  readonly maxMs?: number;
  /** Whether an error may be gone the next time. Default: each may. */
  readonly isTransient?: (error: unknown) => boolean;
  /** Told before each pause. */
  readonly onRetry?: (error: unknown, pauseMs: number) => void;
  /** From 0 to 1, without it. Default: Math.random. */
  readonly random?: () => number;
}

/**
 * What `work` returns, in the end. A pause is of random length: those who failed together do not come back together.
 * @throws the error of the last attempt, or the first one that is not transient
 */
export function* retried<T>(work: () => Coroutine<T>, options: RetryOptions = {}): Coroutine<T> {
  const {
    attempts = 4,
    baseMs = 100,
    maxMs = 5000,
    isTransient = () => true,
    random = Math.random,
  } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return yield* work();
    } catch (error) {
      // A cancellation is no failure. It is not an Error of the work's either, and never retried.
      if (attempt >= attempts || isCancelled(error) || !isTransient(error)) throw error;
      const pauseMs = random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1));
      options.onRetry?.(error, pauseMs);
      yield* sleep(pauseMs);
    }
  }
}
