/**
 * The two ways to hold a lock without forgetting to release it: a body, or `using`. Python's
 * `async with lock:`.
 */

import { awaitBody, checkBody } from '../cancellation/await-body.ts';
import type { AwaitableInput, Coroutine } from '../coroutines/coroutine.ts';
import { Primitive } from './primitive.ts';

/**
 * A lock or permit that is held, made by {@link Holdable.hold}; `release()`, or the end of a `using` block,
 * gives it back.
 */
export class Hold implements Disposable {
  private releaseIt: (() => void) | null;

  /** @internal */
  constructor(releaseIt: () => void) {
    this.releaseIt = releaseIt;
  }

  /** Releases it, once; later calls do nothing, so that `using` may follow an early release. */
  release(): void {
    const releaseIt = this.releaseIt;
    this.releaseIt = null;
    releaseIt?.();
  }

  /** What `using` calls at the end of the block. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/** A primitive that is acquired and released. */
export abstract class Holdable extends Primitive {
  /** Waits until it is acquired; returns true. */
  abstract acquire(): Coroutine<boolean>;

  /** Gives back what {@link acquire} took. */
  abstract release(): void;

  /**
   * Acquires, runs `body`, and releases however the body ends. Python's `async with lock:`.
   *
   *     const total = yield* lock.with(function* () {
   *       return yield* readTotal();
   *     });
   *
   * @param body a `function*` without parameters
   * @returns what the body returns
   * @throws TypeError, before anything is acquired, when `body` is not a function
   */
  *with<T>(body: () => AwaitableInput<T>): Coroutine<T> {
    const call = `${this.constructor.name}.with`;
    checkBody(body, call);
    yield* this.acquire();
    this.bodyBegins();
    try {
      return yield* awaitBody(body, undefined, call);
    } finally {
      this.release();
    }
  }

  /** @internal It has been acquired for a body, after which it is released. */
  bodyBegins(): void {}

  /**
   * Acquires, and returns what releases it at the end of the block.
   *
   *     {
   *       using _ = yield* lock.hold();
   *       …                                // held here
   *     }
   *
   * Take it with `using`, or call its `release()` in a `finally`: nothing else releases it.
   */
  *hold(): Coroutine<Hold> {
    yield* this.acquire();
    return new Hold(() => this.release());
  }
}
