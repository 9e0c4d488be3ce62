/** What an awaitable throws, for tests that look at errors. */
import type { Awaitable, Coroutine } from '../../src/index.ts';

/** @throws Error if it throws nothing */
export function* failureOf(awaitable: Awaitable<unknown>): Coroutine<Error & { code?: string }> {
  try {
    yield* awaitable;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
