/** Protecting what is awaited from the cancellation of who awaits it. */

import type { AwaitableInput } from '../coroutines/coroutine.ts';
import { Future, type FutureSource, type Origins } from '../futures/future.ts';
import { refuseCircleThrough } from './await-circle.ts';
import { futureFor } from './ensure-future.ts';
import { Task } from './task.ts';

/**
 * Awaits `awaitable` so that cancelling the awaiter does not cancel it: the awaiter gets its CancelledError,
 * and the inner task runs on. `asyncio.shield` of CPython 3.13.
 *
 *     const saved = yield* shield(save(record));
 *
 * An error of the inner task that nobody is left to receive goes to the loop's exception handler. To protect
 * a whole region, and wait for its end, prefer a shielded cancel scope.
 *
 * @throws TypeError for what cannot be awaited
 */
export function shield<T>(awaitable: AwaitableInput<T>): Future<T> {
  const inner = futureFor('shield', awaitable);
  if (inner.done()) return inner;
  const outer = new ShieldFuture<T>({ loop: inner.loop });
  outer.source = new Shielded(inner);
  const onInnerDone = (): void => {
    if (outer.done()) return;
    if (inner.cancelled()) outer.cancel(inner.value);
    // Not setException: it refuses `null`, which a coroutine may throw.
    else if (inner.failed()) outer.fail(inner.failure());
    else outer.setResult(inner.result());
  };
  inner.addDoneCallback(onInnerDone);
  outer.addDoneCallback(() => {
    if (inner.done()) return;
    // A long-lived inner task may be shielded again and again: what remains on it is one reporter, however
    // often.
    inner.removeDoneCallback(onInnerDone);
    inner.removeDoneCallback(reportOrphan);
    inner.addDoneCallback(reportOrphan);
  });
  return outer;
}

/** The future of a {@link shield}. */
class ShieldFuture<T> extends Future<T> {
  protected override beforeWait(): void {
    const origins = this.origins();
    if (origins !== null) refuseCircleThrough(this, origins.futures);
  }
}

/** What a shield's future comes of. */
class Shielded implements FutureSource {
  private readonly inner: Future<unknown>;

  constructor(inner: Future<unknown>) {
    this.inner = inner;
  }

  /** The inner one goes on: that is what a shield is for. */
  abandoned(): void {}

  describe(): string {
    return `shield(${this.inner instanceof Task ? this.inner.label() : this.inner.describe()})`;
  }

  origins(): Origins {
    return { futures: [this.inner], areRequired: true };
  }
}

/** The inner task went on without an awaiter; only its error, if it has one, is of interest. */
function reportOrphan(inner: Future<unknown>): void {
  if (!inner.failed()) return;
  inner.loop.callExceptionHandler({
    message: 'An awaitable in shield() failed after its awaiter had been cancelled',
    exception: inner.exception(),
    future: inner,
  });
}
