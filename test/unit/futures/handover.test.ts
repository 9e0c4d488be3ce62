/** Futures that keep their result until it is awaited. */
import { describe, expect, it } from 'vitest';
import { Handover } from '../../../src/futures/handover.ts';
import {
  type Coroutine,
  createTask,
  gather,
  getRunningLoop,
  InvalidStateError,
  run,
  sleep,
} from '../../../src/index.ts';

function* handover<T>(): Coroutine<Handover<T>> {
  return new Handover<T>({ loop: getRunningLoop() });
}

function* awaited<T>(future: Handover<T>): Coroutine<T> {
  return yield* future;
}

describe('a handover', () => {
  it('gives its result to the first who awaits it, and says so to the second', () => {
    run(function* (): Coroutine<void> {
      const future = yield* handover<number>();
      const task = createTask(awaited(future));
      yield* sleep(0);
      future.setResult(1);
      expect(future.result()).toBe(1);
      expect(yield* task).toBe(1);
      expect(future.done()).toBe(true);
      expect(() => future.result()).toThrow(InvalidStateError);
      const refused = yield* errorOf(future);
      expect(refused).toBeInstanceOf(InvalidStateError);
      expect((refused as Error).message).toContain('handed over to the first who awaited it');
      expect((refused as Error).stack).toContain('handover.test.ts');
    });
  });

  it('refers to its result no longer', () => {
    run(function* (): Coroutine<void> {
      const future = yield* handover<object>();
      const result = {};
      getRunningLoop().callSoon(() => future.setResult(result));
      expect(yield* future).toBe(result);
      // Not with a WeakRef: it keeps what it was made of until the run() ends.
      expect(future.value).not.toBe(result);
    });
  });

  it('keeps its result where several wait for it, callbacks among them', () => {
    run(function* (): Coroutine<void> {
      const future = yield* handover<number>();
      const results: number[] = [];
      const tasks = [createTask(awaited(future)), createTask(awaited(future))];
      yield* sleep(0);
      future.addDoneCallback((done) => results.push(done.result()));
      future.setResult(2);
      expect(yield* gather(tasks)).toEqual([2, 2]);
      yield* sleep(0);
      expect(results).toEqual([2]);
      expect(yield* future).toBe(2);
    });
  });

  it('keeps it for a callback that is added when it is done, before its task goes on', () => {
    run(function* (): Coroutine<void> {
      const future = yield* handover<number>();
      const results: number[] = [];
      const task = createTask(awaited(future));
      yield* sleep(0);
      future.setResult(4);
      future.addDoneCallback((done) => results.push(done.result()));
      expect(yield* task).toBe(4);
      yield* sleep(0);
      expect(results).toEqual([4]);
    });
  });

  it('keeps it for those who do not await it', () => {
    run(function* (): Coroutine<void> {
      const future = yield* handover<number>();
      future.setResult(3);
      expect(yield* gather([future, future])).toEqual([3, 3]);
      expect(future.exception()).toBeNull();
      expect(yield* future).toBe(3);
    });
  });

  it('fails as every future, and as often as it is asked', () => {
    run(function* (): Coroutine<void> {
      const future = yield* handover<number>();
      future.setException(new RangeError('no'));
      for (const _ of [1, 2]) expect(yield* errorOf(future)).toBeInstanceOf(RangeError);
    });
  });
});

/** What awaiting it raises; `null` for nothing. */
function* errorOf(future: Handover<number>): Coroutine<unknown> {
  try {
    yield* future;
    return null;
  } catch (error) {
    return error;
  }
}
