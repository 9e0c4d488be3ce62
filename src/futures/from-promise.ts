/** A Promise as something a coroutine awaits. */

import { LeafCoroutine, type Suspension } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { runningLoop, runningLoopOrGuest } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { Future, type FutureSource } from './future.ts';
import { FINISHED, PENDING } from './future-state.ts';
import { isPromiseLike, requirePromises } from './promise-bridge.ts';

/** A Promise, or the function that begins the work behind one and stops when its signal aborts. */
export type PromiseSource<T> = PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>);

/** For messages: what completes the future of a Promise, when cancelling it needs no action. */
const SOME_PROMISE: FutureSource = {
  abandoned() {},
  describe: () => 'a Promise',
};

/**
 * Has a Promise complete a pending future. A future that was cancelled meanwhile stays so, and what the
 * Promise then brings is dropped, an error too: it was cancelled with its reader.
 * @param source what to notify when the future is cancelled
 */
function settleByPromise<T>(
  future: Future<T>,
  promise: PromiseLike<T>,
  source: FutureSource = SOME_PROMISE,
): void {
  const { wakers } = future.loop;
  future.source = source;
  wakers.pendingPromiseCount++;
  // As `await` does: what has a `then` may answer twice, throw, or bring a Promise. A Promise is itself.
  Promise.resolve(promise).then(
    (value) => {
      wakers.pendingPromiseCount--;
      if (future.state === PENDING) future.settle(FINISHED, value);
    },
    (error: unknown) => {
      wakers.pendingPromiseCount--;
      if (future.state === PENDING) future.fail(error);
    },
  );
}

/**
 * `fromPromise(p)`. The future is made at once where a guest runs, so that an error of the Promise has a
 * reader from the beginning.
 */
class FromPromise<T> extends LeafCoroutine<T> implements FutureSource {
  private readonly source: PromiseSource<T>;
  private future: Future<T> | null = null;
  private controller: AbortController | null = null;

  constructor(source: PromiseSource<T>) {
    super();
    this.source = source;
    const loop = runningLoopOrGuest();
    if (loop !== null) requirePromises(loop, 'fromPromise');
    if (typeof source !== 'function' && loop !== null) this.future = this.start(loop, source);
  }

  next(sent?: unknown): IteratorResult<Suspension, T> {
    this.future ??= this.begin();
    return this.future.next(sent);
  }

  override throw(error: unknown): never {
    this.drop(error);
    throw error;
  }

  override return(value: T): IteratorResult<Suspension, T> {
    this.drop();
    return { done: true, value };
  }

  /** The awaiter was cancelled: so is the work, if it takes a signal. */
  abandoned(future: Future<unknown>): void {
    this.controller?.abort(future.failure());
  }

  override describe(): string {
    return 'a Promise';
  }

  /** Nobody awaits it any more, or ever will: so what the Promise still brings has no reader. */
  private drop(reason?: unknown): void {
    this.controller?.abort(reason);
    this.future?.cancel();
  }

  private begin(): Future<T> {
    const loop = runningLoop('fromPromise');
    requirePromises(loop, 'fromPromise');
    if (typeof this.source !== 'function') return this.start(loop, this.source);
    this.controller = new AbortController();
    const promise: unknown = this.source(this.controller.signal);
    if (isPromiseLike(promise)) return this.start(loop, promise as PromiseLike<T>);
    throw new TypeError(`fromPromise: the function must return a Promise, got ${describeValue(promise)}`);
  }

  private start(loop: LoopCore, promise: PromiseLike<T>): Future<T> {
    const future = new Future<T>({ loop });
    settleByPromise(future, promise, this);
    return future;
  }
}

/**
 * Awaits a Promise in a coroutine of a guest: see {@link runGuest}.
 *
 *     const text = yield* fromPromise(readFile('config.json', 'utf8'));
 *     const page = yield* fromPromise((signal) => fetch(url, { signal }));
 *
 * When the awaiter is cancelled, by its task, a scope or a timeout, it gets its CancelledError at once. A
 * Promise cannot be stopped: what it still brings is dropped, an error too. Given a function, the signal it
 * was called with aborts, so that the work stops as well.
 *
 * @param source a Promise, or a function that is called with an AbortSignal when the await begins and returns
 *   a Promise
 * @returns a coroutine: await it with `yield*`, give it to `createTask`, `gather`, `waitFor`
 * @throws what the Promise rejects with; TypeError in a blocking run, where no Promise can settle, or for
 *   anything else
 */
export function fromPromise<T>(source: PromiseSource<T>): LeafCoroutine<T> {
  if (typeof source !== 'function' && !isPromiseLike(source)) {
    throw new TypeError(`fromPromise: a Promise is needed, got ${describeValue(source)}`);
  }
  return new FromPromise(source);
}

/** A future that a Promise completes. @throws TypeError where no Promise can settle */
export function futureOfPromise<T>(promise: PromiseLike<T>, loop: LoopCore, call: string): Future<T> {
  requirePromises(loop, call);
  const future = new Future<T>({ loop });
  settleByPromise(future, promise);
  return future;
}
