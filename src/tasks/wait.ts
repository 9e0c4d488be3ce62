/** Waiting until one, some or all of several futures are done. */

import { checkedTime } from '../cancellation/deadlines.ts';
import { type AwaitableInput, type Coroutine, isCoroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { futureOfPromise } from '../futures/from-promise.ts';
import { Future, type FutureSource, type Origins } from '../futures/future.ts';
import { isPromiseLike } from '../futures/promise-bridge.ts';
import { holdReport, noteFailure } from '../futures/unretrieved.ts';
import { runningLoop } from '../loop/current-loop.ts';
import { refuseCircleThrough } from './await-circle.ts';

/** {@link wait} returns when any future is done. */
export const FIRST_COMPLETED = 'FIRST_COMPLETED';
/** {@link wait} returns when any future has failed, or when all are done. */
export const FIRST_EXCEPTION = 'FIRST_EXCEPTION';
/** {@link wait} returns when all futures are done. */
export const ALL_COMPLETED = 'ALL_COMPLETED';

/** When {@link wait} returns. */
export type ReturnWhen = typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED;

/** What {@link wait} takes besides the futures. */
export interface WaitOptions {
  /** Return after so many milliseconds at the latest. `null`: no limit. */
  readonly timeoutMs?: number | null | undefined;
  /** Default: `ALL_COMPLETED`. */
  readonly returnWhen?: ReturnWhen | undefined;
}

/**
 * Waits for futures and tasks; says which are done and which are not. Neither a timeout nor an error is
 * raised, and nothing is cancelled. `asyncio.wait` of CPython 3.13.
 *
 *     const { done, pending } = yield* wait([a, b], { timeoutMs: 100, returnWhen: FIRST_COMPLETED });
 *
 * @param futures tasks and futures, in a guest also Promises (each gets a future), at least one; coroutines
 *   are refused: make them tasks, to find them again in the result
 * @throws TypeError, RangeError for arguments
 */
export function* wait<T>(
  futures: Iterable<Future<T> | PromiseLike<T>>,
  options?: WaitOptions,
): Coroutine<{ done: Set<Future<T>>; pending: Set<Future<T>> }> {
  const awaitables = awaitableList(futures, 'wait');
  const timeoutMs = checkedTime(options?.timeoutMs ?? null, 'wait', 'timeoutMs');
  const returnWhen = options?.returnWhen ?? ALL_COMPLETED;
  if (awaitables.length === 0) throw new RangeError('wait: the set of futures is empty');
  if (returnWhen !== ALL_COMPLETED && returnWhen !== FIRST_COMPLETED && returnWhen !== FIRST_EXCEPTION) {
    throw new RangeError(
      `wait: returnWhen must be one of the three constants, got ${describeValue(returnWhen)}`,
    );
  }
  const list = new Set(awaitables.map(requireFuture)) as Set<Future<T>>;
  yield* untilEnough(list, returnWhen, timeoutMs);
  const done = new Set<Future<T>>();
  const pending = new Set<Future<T>>();
  for (const future of list) (future.done() ? done : pending).add(future);
  return { done, pending };
}

/** Suspends until as many are done as `returnWhen` asks for, or the time is up. */
function* untilEnough(
  futures: ReadonlySet<Future<unknown>>,
  returnWhen: ReturnWhen,
  timeoutMs: number | null,
): Coroutine<void> {
  const loop = runningLoop('wait');
  const enough = new Future<void>({ loop });
  const areRequired = returnWhen === ALL_COMPLETED && timeoutMs === null;
  enough.source = new Enough(futures, areRequired);
  const release = (): void => {
    if (!enough.done()) enough.setResult();
  };
  let left = futures.size;
  const held: Future<unknown>[] = [];
  const onDone = (future: Future<unknown>): void => {
    left--;
    if (holdReport(future)) held.push(future);
    if (left <= 0 || returnWhen === FIRST_COMPLETED) release();
    // Read without marking it: the error stays to be retrieved by whoever is given the future.
    else if (returnWhen === FIRST_EXCEPTION && future.failed()) release();
  };
  const timer = timeoutMs === null ? null : loop.callLater(timeoutMs, release);
  for (const future of futures) future.addDoneCallback(onDone);
  try {
    if (areRequired) refuseCircleThrough(enough, futures);
    yield* enough;
  } finally {
    timer?.cancel();
    for (const future of futures) future.removeDoneCallback(onDone);
    for (const future of held) if (future.unretrieved) noteFailure(future, true);
  }
}

/** For messages and call graphs: what a {@link wait} waits for. */
class Enough implements FutureSource {
  private readonly futures: ReadonlySet<Future<unknown>>;
  private readonly areRequired: boolean;

  constructor(futures: ReadonlySet<Future<unknown>>, areRequired: boolean) {
    this.futures = futures;
    this.areRequired = areRequired;
  }

  abandoned(): void {}

  describe(): string {
    return `wait() for ${this.left().length} of ${this.futures.size} futures`;
  }

  origins(): Origins {
    return { futures: this.left(), areRequired: this.areRequired };
  }

  private left(): Future<unknown>[] {
    return [...this.futures].filter((future) => !future.done());
  }
}

function requireFuture(awaitable: AwaitableInput<unknown>): Future<unknown> {
  if (awaitable instanceof Future) return awaitable;
  if (isPromiseLike(awaitable)) return futureOfPromise(awaitable, runningLoop('wait'), 'wait');
  const remedy = isCoroutine(awaitable) ? ' Start it first: createTask(…).' : '';
  throw new TypeError(
    `wait: only tasks and futures can be waited for, got ${describeValue(awaitable)}.${remedy}`,
  );
}

/**
 * The first argument of gather, wait and asCompleted: an iterable of awaitables, as an array.
 * @throws TypeError for a single awaitable, which is iterable too but never meant
 */
export function awaitableList(
  awaitables: Iterable<AwaitableInput<unknown>>,
  call: string,
): AwaitableInput<unknown>[] {
  if (awaitables instanceof Future || isCoroutine(awaitables)) {
    throw new TypeError(
      `${call}: a list of awaitables is needed, got ${describeValue(awaitables)}. Write ${call}([…]).`,
    );
  }
  if (typeof awaitables !== 'object' || awaitables === null || !(Symbol.iterator in awaitables)) {
    throw new TypeError(`${call}: a list of awaitables is needed, got ${describeValue(awaitables)}`);
  }
  return [...awaitables];
}
