/** What a coroutine may not yield, and what is said then. */
import { describe, expect, it } from 'vitest';
import { type Coroutine, sleep, type Task } from '../../../src/index.ts';
import { caught, onePass, virtualLoop } from '../loop/virtual-loop.ts';

function* returning<T>(value: T): Coroutine<T> {
  yield* sleep(0);
  return value;
}

function* waiting<T>(
  awaitable: { [Symbol.iterator](): Iterator<never, T, unknown> } | Task<T>,
): Coroutine<T> {
  return yield* awaitable as Task<T>;
}

describe('what a coroutine may not yield', () => {
  /** Runs a coroutine that yields `value` and gives back the error raised at that place. */
  function errorFor(make: (loop: ReturnType<typeof virtualLoop>['loop']) => unknown): Error {
    const { loop } = virtualLoop();
    const value = make(loop);
    function* work(): Coroutine<Error> {
      try {
        yield value as never;
      } catch (error) {
        return error as Error;
      }
      throw new Error('it was let through');
    }
    return loop.runUntilComplete(loop.createTask(work(), { name: 'guilty' }));
  }

  it.each<[string, (loop: ReturnType<typeof virtualLoop>['loop']) => unknown, RegExp]>([
    [
      'a future, without the star',
      (loop) => loop.createFuture(),
      /yielded .*Future pending.* with a bare "yield"/,
    ],
    ['a coroutine, without the star', () => returning(1), /To await it write "yield\*"/],
    ['a coroutine function', () => returning, /yield\* returning\(…\)/],
    ['a promise', () => Promise.resolve(1), /A Promise cannot settle while run\(\) blocks this thread/],
    ['nothing', () => undefined, /yielded undefined/],
    ['a number', () => 5, /yielded number 5/],
    ['a long text', () => 'x'.repeat(1000), /yielded string x{40}…/],
  ])('%s', (_name, make, message) => {
    const error = errorFor(make);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
    expect(error.message).toContain('guilty');
  });

  it('a future that was awaited properly before, without the star', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    function* proper(): Coroutine<void> {
      yield* future;
    }
    function* sloppy(): Coroutine<void> {
      yield future;
    }
    const first = loop.createTask(proper());
    const error = caught(() => loop.runUntilComplete(loop.createTask(sloppy())));
    expect(error.message).toContain('with a bare "yield"');
    future.setResult();
    loop.runUntilComplete(first);
  });

  it('a future of another loop', () => {
    const { loop } = virtualLoop();
    const { loop: other } = virtualLoop();
    const foreign = other.createFuture<void>();
    const error = caught(() => loop.run(() => waiting(foreign as never)));
    expect(error.message).toContain('belongs to a different loop');
    expect(foreign.observerCount()).toBe(0);
  });

  it('itself', () => {
    const { loop } = virtualLoop();
    function* narcissus(): Coroutine<void> {
      yield* task;
    }
    const task: Task<void> = loop.createTask(narcissus());
    expect(caught(() => loop.runUntilComplete(task)).message).toContain('cannot await itself');
  });

  it('a coroutine that ignores the refusal again and again starves nobody', () => {
    const { loop } = virtualLoop();
    let refusals = 0;
    function* stubborn(): Coroutine<void> {
      while (refusals < 20) {
        try {
          yield 5 as never;
        } catch {
          refusals++;
        }
      }
    }
    const task = loop.createTask(stubborn());
    onePass(loop);
    expect(refusals).toBe(0);
    onePass(loop);
    expect(refusals).toBe(1);
    loop.runUntilComplete(task);
  });
});
