/** A gather that a scope cancels fails with its child's CancelledError: the scope takes that for its own. */
import { expect, test } from 'vitest';
import { failAfter, gather, moveOnAfter, run, sleep, TimeoutError, waitFor } from '../../src/index.ts';
import { VirtualClock } from '../../src/testing.ts';

const virtual = () => ({ clock: new VirtualClock() });

test.each([
  ['gather', () => gather([sleep(1000), sleep(2000)])],
  ['gather with returnExceptions', () => gather([sleep(1000)], { returnExceptions: true })],
  ['a task around gather', () => waitFor(gather([sleep(1000)]), 500)],
])('%s', (_, wait) => {
  function* body() {
    yield* wait();
  }
  expect(run(moveOnAfter(10, body), virtual())).toBe(undefined);
  expect(() => run(failAfter(10, body), virtual())).toThrow(TimeoutError);
});

test('a child that fails in its clean-up is an error of the body', () => {
  function* failing() {
    try {
      yield* sleep(1000);
    } catch {
      throw new RangeError('in the clean-up');
    }
  }
  function* body() {
    yield* gather([failing()]);
  }
  expect(() => run(moveOnAfter(10, body), virtual())).toThrow(new RangeError('in the clean-up'));
});
