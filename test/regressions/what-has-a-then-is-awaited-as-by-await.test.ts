/**
 * What `fromPromise`, `gather` and others are given may be no Promise, but have a `then`. It was taken at its
 * word: a second answer counted as another Promise's, one that threw counted as pending for ever, and a
 * Promise that it brought was the result.
 */
import { expect, test } from 'vitest';
import { fromPromise, gather, getRunningLoop, runGuest, sleep } from '../../src/index.ts';
import { failureOf } from '../support/failure-of.ts';

type Answer = (value: unknown) => void;

/** An object with such a `then`. */
function answering(then: (fulfil: Answer, reject: Answer) => void): PromiseLike<unknown> {
  // oxlint-disable-next-line unicorn/no-thenable -- it is what this is about
  return { then } as PromiseLike<unknown>;
}

test.each([
  ['fromPromise', fromPromise],
  ['gather', (promise: PromiseLike<unknown>) => gather([promise])],
])('%s', async (_call, take) => {
  await runGuest(function* () {
    const { wakers } = getRunningLoop();
    const inner = take(answering((fulfil) => fulfil(Promise.resolve(5))));
    expect([yield* inner].flat()).toEqual([5]);
    const twice = answering((fulfil, reject) => {
      fulfil(1);
      fulfil(2);
      reject(new Error('too late'));
    });
    expect([yield* take(twice)].flat()).toEqual([1]);
    const throwing = answering(() => {
      throw new Error('in then');
    });
    expect((yield* failureOf(take(throwing))).message).toBe('in then');
    yield* sleep(1);
    expect(wakers.pendingPromiseCount).toBe(0);
  });
});
