/**
 * `eachOf`: a `return()` that threw hid the error of the body, Promises in a plain iterable were not
 * awaited, and an iterator that had failed was told to return. `queueOfEvents`: closed by another listener
 * of an event, it threw out of `emit()`, and a body of `each` that returned a Promise was "not iterable".
 */
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { eachOf, moveOnAfter, queueOfEvents, run, runGuest, sleep } from '../../src/index.ts';
import { failureOf } from '../support/failure-of.ts';

function refusesToEnd(): Iterable<number> {
  return {
    [Symbol.iterator]: () => ({
      next: () => ({ done: false, value: 0 }),
      return: () => {
        throw new Error('from return()');
      },
    }),
  };
}

test('eachOf: what return() throws hides neither an error of the body nor a cancellation', async () => {
  await runGuest(function* () {
    const thrown = yield* failureOf(
      eachOf(refusesToEnd(), () => {
        throw new RangeError('from the body');
      }),
    );
    expect(thrown).toEqual(new RangeError('from the body'));
    const scope = yield* moveOnAfter(10, () => eachOf(refusesToEnd(), () => sleep(60_000)));
    expect(scope).toBe(undefined);
  });
});

test('eachOf: Promises of a plain iterable are awaited', async () => {
  const seen: number[] = [];
  await runGuest(function* () {
    yield* eachOf([Promise.resolve(1), 2, Promise.resolve(3)], function* (item) {
      yield* sleep(0);
      seen.push(item);
    });
    const broken = eachOf([Promise.reject(new RangeError('broken'))], () => sleep(0));
    expect(yield* failureOf(broken)).toEqual(new RangeError('broken'));
  });
  expect(seen).toEqual([1, 2, 3]);
});

test('eachOf: an iterator that fails, or answers with what is no result, is over and not told', async () => {
  let toldCount = 0;
  const failing = (next: () => unknown): AsyncIterable<number> =>
    ({ [Symbol.asyncIterator]: () => ({ next, return: () => toldCount++ }) }) as never;
  await runGuest(function* () {
    const refused = yield* failureOf(
      eachOf(
        failing(() => 5),
        () => sleep(0),
      ),
    );
    expect(String(refused)).toBe(
      'TypeError: eachOf: next() is to return { done, value }, and returned number 5',
    );
    const broken = failing(() => Promise.reject(new RangeError('broken')));
    expect(yield* failureOf(eachOf(broken, () => sleep(0)))).toEqual(new RangeError('broken'));
  });
  expect(toldCount).toBe(0);
});

test('queueOfEvents: closed by another listener of an event, it does without that event', () => {
  const emitter = new EventEmitter();
  emitter.on('x', () => queue.close());
  const queue = queueOfEvents(emitter, 'x');
  expect(emitter.emit('x', 1)).toBe(true);
  expect(queue.size).toBe(0);
});

test('queueOfEvents: each awaits what its body returns, if that can be awaited', async () => {
  const seen: string[] = [];
  const events = () => {
    const emitter = new EventEmitter();
    const queue = queueOfEvents<[string]>(emitter, 'x', { endOn: ['end'] });
    for (const text of ['a', 'b']) emitter.emit('x', text);
    emitter.emit('end');
    return queue;
  };
  await runGuest(function* () {
    yield* events().each(async (text) => {
      await Promise.resolve();
      seen.push(text);
    });
  });
  run(function* () {
    yield* events().each((text) => seen.push(text));
    const refused = yield* failureOf(events().each(async () => {}));
    expect(String(refused)).toMatch(/^TypeError: each: the body must be a function\*; it returned a Promise/);
  });
  expect(seen).toEqual(['a', 'b', 'a', 'b']);
});
