/**
 * The book's future has one callback slot (the second `add_done_callback` overwrites the first) and calls it
 * inside `set_result`.
 */
import { expect, it } from 'vitest';
import type { Coroutine } from '../../src/index.ts';
import { onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

it('each callback runs once, in order, and none inside setResult', () => {
  const { loop } = virtualLoop();
  const future = loop.createFuture<number>();
  const calls: string[] = [];
  future.addDoneCallback((done) => calls.push(`first ${done.result()}`));
  future.addDoneCallback((done) => calls.push(`second ${done.result()}`));
  future.setResult(7);
  expect(calls).toEqual([]);
  onePass(loop);
  expect(calls).toEqual(['first 7', 'second 7']);
  onePass(loop);
  expect(calls).toHaveLength(2);
});

it('two tasks and a callback may wait for one future', () => {
  const { loop } = virtualLoop();
  const future = loop.createFuture<string>();
  function* wait(): Coroutine<string> {
    return yield* future;
  }
  const [left, right] = [loop.createTask(wait()), loop.createTask(wait())];
  let called = false;
  future.addDoneCallback(() => {
    called = true;
  });
  loop.callLater(5, () => future.setResult('shared'));
  expect(loop.runUntilComplete(left) + loop.runUntilComplete(right)).toBe('sharedshared');
  expect(called).toBe(true);
});
