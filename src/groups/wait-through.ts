/** Waiting for other tasks to end, in a task that has itself been cancelled and must not end before them. */

import { CancelledError } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import type { Future } from '../futures/future.ts';
import type { Task } from '../tasks/task.ts';

/**
 * Waits for `future` once. Cancelled scopes do not end this wait if `ignoresScopes`: their word has been
 * heard, and hearing it again at each suspension would be a loop that spins until the others are done.
 * @returns the CancelledError that ended the wait, or `null`
 */
export function* waitThrough(
  task: Task<unknown>,
  future: Future<void>,
  ignoresScopes: boolean,
): Coroutine<CancelledError | null> {
  const { scopes } = task;
  if (scopes !== null) scopes.ignoresScopes = ignoresScopes;
  try {
    yield* future;
    return null;
  } catch (error) {
    if (error instanceof CancelledError) return error;
    throw error;
  } finally {
    if (scopes !== null) scopes.ignoresScopes = false;
  }
}
