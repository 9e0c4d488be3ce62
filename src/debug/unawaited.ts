/**
 * Coroutines of this package that were made and never awaited: `queue.put(job);` for
 * `yield* queue.put(job);`. In debug mode each is remembered, with where it was made, until somebody awaits
 * it. Only leaf operations can be, since they are made by a constructor of ours: nobody hears of a generator
 * that is made.
 *
 * | a leaf operation is | when                                         | then                        |
 * |---------------------|----------------------------------------------|-----------------------------|
 * | made                | in a run in debug mode                       | remembered, with its origin |
 * | awaited, or taken   | its first `yield*`, `createTask()`           | forgotten                   |
 * | left                | the run ends                                 | reported (`leaks.ts`)       |
 */

import { type LeafCoroutine, type LeafWatch, watchLeaves } from '../coroutines/coroutine.ts';
import { captureOrigin, type Origin, originText } from '../loop/creation-stack.ts';
import { runningLoopOrGuest } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';

/**
 * So many are remembered at a time. A program that never ends forgets in the same place again and again, and
 * one that awaits a thousand together has made them all before the first is taken.
 */
const REMEMBERED_MAX = 100;

type Made = Map<LeafCoroutine<unknown>, Origin>;

/** The loops in debug mode that run. */
const watched = new Map<LoopCore, Made>();

function noteMade(coroutine: LeafCoroutine<unknown>): void {
  const loop = runningLoopOrGuest();
  const made = loop === null ? undefined : watched.get(loop);
  if (made !== undefined && made.size < REMEMBERED_MAX) made.set(coroutine, captureOrigin(noteMade));
}

const watch: LeafWatch = {
  made: noteMade,
  awaited(coroutine) {
    for (const made of watched.values()) made.delete(coroutine);
  },
};

/** A run begins: in debug mode its coroutines are watched until {@link takeUnawaited}. */
export function watchUnawaited(loop: LoopCore): void {
  if (!loop.getDebug() || watched.has(loop)) return;
  watched.set(loop, new Map());
  watchLeaves(watch);
  loop.closeActions.push(() => unwatch(loop));
}

/** The run ends: what nobody has awaited, by the place where it was made, as lines. */
export function takeUnawaited(loop: LoopCore): Map<string, LeafCoroutine<unknown>[]> {
  const places = new Map<string, LeafCoroutine<unknown>[]>();
  for (const [coroutine, origin] of watched.get(loop) ?? []) {
    const place = originText(origin);
    const others = places.get(place);
    if (others === undefined) places.set(place, [coroutine]);
    else others.push(coroutine);
  }
  unwatch(loop);
  return places;
}

function unwatch(loop: LoopCore): void {
  watched.delete(loop);
  if (watched.size === 0) watchLeaves(null);
}
