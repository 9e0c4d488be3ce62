/** Awaiting with a limit. */

import { CancelledError, timedOut } from '../base/errors.ts';
import { checkedTime } from '../cancellation/checked-time.ts';
import type { AwaitableInput, Coroutine } from '../coroutines/coroutine.ts';
import { Future } from '../futures/future.ts';
import { ensureFuture } from './ensure-future.ts';
import { withinDelay } from './timeout.ts';

/**
 * Awaits `awaitable` for at most `timeoutMs` milliseconds; when the time is up it is cancelled, and its end is waited for.
 * `asyncio.wait_for` of CPython 3.13.
 *
 *     const reply = yield* waitFor(loop.sockRecv(sock), 500);
 *
 * @param timeoutMs `null` or left out for no limit; 0 or less: only what is done already
 * @throws TimeoutError when the time is up; what the awaitable throws, also while it is being cancelled
 */
export function* waitFor<T>(awaitable: AwaitableInput<T>, timeoutMs?: number | null): Coroutine<T> {
  if (typeof timeoutMs === 'number' && timeoutMs <= 0) {
    return yield* onlyIfDone(ensureFuture(awaitable), timeoutMs);
  }
  return yield* withinDelay(
    checkedTime(timeoutMs ?? null, 'waitFor', 'timeoutMs'),
    () => awaitable,
    'waitFor',
  );
}

/** For a limit that has passed already: a coroutine must not even begin, so this is no matter of a timer. */
function* onlyIfDone<T>(future: Future<T>, timeoutMs: number): Coroutine<T> {
  if (future.done()) return future.result();
  yield* cancelAndWait(future);
  try {
    return future.result();
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    throw timedOut('waitFor', timeoutMs, { cause: error });
  }
}

/** Cancels a future and waits until it is done. Not by awaiting it: our own cancellation must not be taken for its. */
function* cancelAndWait(future: Future<unknown>): Coroutine<void> {
  const ended = new Future<void>({ loop: future.loop });
  const release = (): void => {
    if (!ended.done()) ended.setResult();
  };
  future.addDoneCallback(release);
  try {
    future.cancel();
    yield* ended;
  } finally {
    future.removeDoneCallback(release);
  }
}
