/**
 * Futures: what CPython 3.13 says of them in test_futures, on virtual time. The list of its tests:
 * docs/conformance.md.
 */
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  type Coroutine,
  type EventLoop,
  Future,
  InvalidStateError,
  isFuture,
  RuntimeError,
  sleep,
  Task,
  wrapFuture,
} from '../../src/index.ts';
import { caught, onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

function* returning<T>(value: T): Coroutine<T> {
  yield* sleep(0);
  return value;
}

function* failing(error: unknown): Coroutine<never> {
  yield* sleep(0);
  throw error;
}

describe('making a future', () => {
  it('without a loop takes the running one, and fails where none runs', () => {
    const { loop } = virtualLoop();
    expect(() => new Future()).toThrow(RuntimeError);
    loop.callSoon(() => expect(new Future().getLoop()).toBe(loop));
    onePass(loop);
  });

  it.each<[string, (loop: EventLoop) => unknown]>([
    ['a number', () => 42],
    ['nothing', () => null],
    ['the loop itself', (loop) => loop],
  ])('takes options only, not %s', (_name, argument) => {
    const { loop } = virtualLoop();
    loop.callSoon(() => expect(() => new Future(argument(loop) as never)).toThrow(TypeError));
    onePass(loop);
  });

  it('isFuture: futures and tasks, not their classes nor anything else', () => {
    const { loop } = virtualLoop();
    const task = loop.createTask(returning(1));
    const answers = [loop.createFuture(), task, Future, Task, 1, null, undefined, {}, returning(1)].map(
      isFuture,
    );
    expect(answers).toEqual([true, true, false, false, false, false, false, false, false]);
    loop.runUntilComplete(task);
  });

  it('wrapFuture of a future is that future', () => {
    const future = virtualLoop().loop.createFuture();
    expect(wrapFuture(future)).toBe(future);
    expect(() => wrapFuture(42 as never)).toThrow(TypeError);
    expect(() => wrapFuture(Promise.resolve() as never)).toThrow('Promise');
  });
});

describe('states', () => {
  const endings: [string, (future: Future<number>) => unknown][] = [
    ['a result', (future) => future.setResult(42)],
    ['an error', (future) => future.setException(new RangeError('no'))],
    ['a cancellation', (future) => future.cancel()],
  ];

  it.each(endings)('%s is final: no other, and cancel() answers false', (_name, end) => {
    const future = virtualLoop().loop.createFuture<number>();
    expect(() => future.result()).toThrow(InvalidStateError);
    expect(() => future.exception()).toThrow(InvalidStateError);
    end(future);
    expect(future.done()).toBe(true);
    expect(() => future.setResult(1)).toThrow(InvalidStateError);
    expect(() => future.setException(new Error('late'))).toThrow(InvalidStateError);
    // The state comes first, then what is wrong with the argument.
    expect(() => future.setException(null)).toThrow(InvalidStateError);
    expect(future.cancel()).toBe(false);
  });

  it('a result: no exception; an error: result() throws the very same; a cancellation: both throw', () => {
    const { loop } = virtualLoop();
    const [good, bad, gone] = [0, 1, 2].map(() => loop.createFuture<number>()) as [
      Future<number>,
      Future<number>,
      Future<number>,
    ];
    const error = new RangeError('no');
    good.setResult(42);
    bad.setException(error);
    gone.cancel('why');
    expect([good.result(), good.exception()]).toEqual([42, null]);
    expect([caught(() => bad.result()), bad.exception()]).toEqual([error, error]);
    expect([good, bad, gone].map((future) => future.cancelled())).toEqual([false, false, true]);
    for (const ask of [() => gone.result(), () => gone.exception()]) {
      expect((caught(ask) as CancelledError).reason).toBe('why');
    }
  });

  it('an error class is constructed; null and undefined are no errors', () => {
    const future = virtualLoop().loop.createFuture();
    expect(() => future.setException(null)).toThrow(TypeError);
    expect(() => future.setException(undefined)).toThrow(TypeError);
    expect(future.done()).toBe(false);
    future.setException(RangeError);
    expect(future.exception()).toBeInstanceOf(RangeError);
  });

  it('a CancelledError given as an error makes a failed future, not a cancelled one', () => {
    const future = virtualLoop().loop.createFuture();
    const error = new CancelledError('given');
    future.setException(error);
    expect([future.cancelled(), future.exception()]).toEqual([false, error]);
  });
});

describe('awaiting', () => {
  it('suspends once, on the future itself; a second await of it does not', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<number>();
    function* twice(): Coroutine<number> {
      return (yield* future) + (yield* future);
    }
    const coroutine = twice();
    expect(coroutine.next().value).toBe(future);
    future.setResult(21);
    expect(coroutine.next()).toEqual({ done: true, value: 42 });
  });

  it('a tuple as a result arrives as it is', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<[number, number]>();
    const pair: [number, number] = [1, 2];
    future.setResult(pair);
    expect(loop.runUntilComplete(future)).toBe(pair);
  });

  it('iterating over a pending one, without yield*, is refused', () => {
    const future = virtualLoop().loop.createFuture() as unknown as Iterable<unknown>;
    expect(() => {
      const [_one, _two] = future;
    }).toThrow(RuntimeError);
    expect(() => Array.from(future)).toThrow('yield*');
  });

  it('an error thrown into an await comes out of it', () => {
    const future = virtualLoop().loop.createFuture();
    const error = new Error('thrown in');
    expect(caught(() => future.throw(error))).toBe(error);
  });

  it('a failed task raises the very same error at each await', () => {
    const { loop } = virtualLoop();
    const error = new TypeError('42');
    loop.run(function* (): Coroutine<void> {
      const task = loop.createTask(failing(error));
      for (let i = 0; i < 5; i++) {
        try {
          yield* task;
          throw new Error('not reached');
        } catch (seen) {
          expect(seen).toBe(error);
        }
      }
    });
  });
});

describe('description', () => {
  function first(): void {}
  function middle(): void {}
  function last(): void {}
  const cases: [string, string, (future: Future<unknown>) => unknown][] = [
    ['pending', '<Future pending>', () => {}],
    ['cancelled', '<Future cancelled>', (future) => future.cancel()],
    ['with a result', '<Future finished result=4>', (future) => future.setResult(4)],
    ['failed', '<Future finished exception=RangeError: no>', (future) => fail(future)],
    ['with a callback', '<Future pending cb=[first()]>', (future) => future.addDoneCallback(first)],
    ['with two', '<Future pending cb=[first(), last()]>', (future) => add(future, first, last)],
    [
      'with many',
      '<Future pending cb=[first(), <8 more>, last()]>',
      (future) => add(future, first, ...Array.from({ length: 8 }, () => middle), last),
    ],
  ];

  function fail(future: Future<unknown>): void {
    future.setException(new RangeError('no'));
    future.exception();
  }

  function add(future: Future<unknown>, ...callbacks: (() => void)[]): void {
    for (const callback of callbacks) future.addDoneCallback(callback);
  }

  it.each(cases)('%s', (_name, text, prepare) => {
    const future = virtualLoop().loop.createFuture<unknown>();
    prepare(future);
    expect(String(future)).toBe(text);
  });

  it('no callbacks are listed any more once they have been scheduled', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<unknown>();
    add(future, first, middle, last);
    future.cancel();
    expect(String(future)).toBe('<Future cancelled>');
    onePass(loop);
  });

  it('of a subclass names the subclass', () => {
    class Reply extends Future<string> {}
    expect(String(new Reply({ loop: virtualLoop().loop }))).toBe('<Reply pending>');
  });
});
