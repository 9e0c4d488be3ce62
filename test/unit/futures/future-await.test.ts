/** What awaiting a future does, and who is told that nobody awaits it any more. */
import { describe, expect, it } from 'vitest';
import type { Coroutine } from '../../../src/index.ts';
import { PROBE } from '../../../src/lowlevel.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

describe('yield*', () => {
  it('of a done future does not suspend', () => {
    const { loop } = virtualLoop();
    const done = loop.createFuture<string>();
    done.setResult('at once');
    function* main(): Coroutine<string> {
      return yield* done;
    }
    expect(main().next()).toEqual({ done: true, value: 'at once' });
  });

  it('of a pending one yields the future itself, and stays there if its driver resumes it too early', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<string>();
    function* main(): Coroutine<string> {
      return yield* future;
    }
    const coroutine = main();
    expect(coroutine.next().value).toBe(future);
    future.suspending = false;
    expect(coroutine.next().value).toBe(future);
    future.setResult('late');
    expect(coroutine.next()).toEqual({ done: true, value: 'late' });
  });

  it('left out, in a loop or a spread, is an error and not a loop without end', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<string>();
    const iterable = future as unknown as Iterable<unknown>;
    expect(() => [...iterable]).toThrow('Only "yield*"');
    const [first] = iterable;
    expect(first).toBe(future);
    expect(future.suspending).toBe(false);
  });

  it('answers a probe by suspending again, with no code of the coroutine run', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<string>();
    let steps = 0;
    function* main(): Coroutine<string> {
      steps++;
      const text = yield* future;
      steps++;
      return text;
    }
    const coroutine = main();
    coroutine.next();
    for (let i = 0; i < 3; i++) expect(coroutine.next(PROBE).value).toBe(future);
    expect(steps).toBe(1);
    future.setResult('x');
    expect(coroutine.next()).toEqual({ done: true, value: 'x' });
  });

  it('raises the error of a failed one to every waiter, the very same', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    const failure = new Error('shared');
    const seen: unknown[] = [];
    function* wait(): Coroutine<void> {
      try {
        yield* future;
      } catch (error) {
        seen.push(error);
      }
    }
    const tasks = [loop.createTask(wait()), loop.createTask(wait())];
    loop.callLater(1, () => future.setException(failure));
    for (const task of tasks) loop.runUntilComplete(task);
    expect(seen).toEqual([failure, failure]);
  });

  it('an error thrown into the coroutine goes through a pending future', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    function* main(): Coroutine<string> {
      try {
        yield* future;
        return 'not reached';
      } catch (error) {
        return (error as Error).message;
      }
    }
    const coroutine = main();
    coroutine.next();
    expect(coroutine.throw(new Error('thrown in'))).toEqual({ done: true, value: 'thrown in' });
    expect(future.done()).toBe(false);
  });

  it('closing the coroutine runs its finally blocks and leaves the future alone', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    let cleaned = false;
    function* main(): Coroutine<void> {
      try {
        yield* future;
      } finally {
        cleaned = true;
      }
    }
    const coroutine = main();
    coroutine.next();
    coroutine.return(undefined);
    expect(cleaned).toBe(true);
    expect(future.done()).toBe(false);
  });
});

describe('source', () => {
  it('is told once when nobody wants the result any more, and not when there is one', () => {
    const { loop } = virtualLoop();
    let abandoned = 0;
    const source = {
      abandoned: (): void => {
        abandoned++;
      },
      describe: () => 'the weather',
    };
    const [wanted, unwanted] = [loop.createFuture<void>(), loop.createFuture<void>()];
    wanted.source = source;
    unwanted.source = source;
    expect(String(wanted)).toContain('the weather');
    wanted.setResult();
    unwanted.cancel();
    unwanted.cancel();
    expect(abandoned).toBe(1);
  });
});
