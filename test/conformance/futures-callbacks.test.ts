/**
 * Callbacks of futures, and errors that nobody looked at, as CPython 3.13 has them in test_futures and
 * test_futures2.
 */
import { describe, expect, it } from 'vitest';
import { ContextVar, type Coroutine, type Future, KeyboardInterrupt, sleep } from '../../src/index.ts';
import { caught, onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

describe('callbacks', () => {
  function appenders(log: string[]): Record<'a' | 'b' | 'c', () => void> {
    return { a: () => log.push('a'), b: () => log.push('b'), c: () => log.push('c') };
  }

  it.each<[string, ('a' | 'b' | 'c')[], string[]]>([
    ['nothing', [], ['a', 'b', 'c']],
    ['the first, twice', ['a', 'a'], ['b', 'c']],
    ['the first and the second', ['a', 'b', 'a'], ['c']],
    ['the last', ['c', 'c'], ['a', 'b']],
    ['all', ['b', 'c', 'a'], []],
  ])('after removing %s the others run, in order', (_name, removed, expected) => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    const callbacks = appenders(log);
    const future = loop.createFuture<string>();
    for (const callback of Object.values(callbacks)) future.addDoneCallback(callback);
    for (const name of removed) future.removeDoneCallback(callbacks[name]);
    future.setResult('foo');
    expect(log).toEqual([]);
    onePass(loop);
    expect(log).toEqual(expected);
    expect(future.result()).toBe('foo');
  });

  it.each([1, 2, 3])('how many were removed is counted: %i registrations', (count) => {
    const { loop } = virtualLoop();
    const callbacks = appenders([]);
    const future = loop.createFuture<void>();
    future.addDoneCallback(callbacks.b);
    for (let i = 0; i < count; i++) future.addDoneCallback(callbacks.a);
    expect(future.removeDoneCallback(callbacks.a)).toBe(count);
    expect(future.removeDoneCallback(callbacks.a)).toBe(0);
    expect(future.removeDoneCallback(callbacks.c)).toBe(0);
    future.cancel();
    onePass(loop);
  });

  it('one that removes another which is scheduled already removes nothing', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    const { b } = appenders(log);
    const future = loop.createFuture<number>();
    future.addDoneCallback(() => log.push(`removed ${future.removeDoneCallback(b)}`));
    future.addDoneCallback(b);
    future.setResult(1);
    onePass(loop);
    expect(log).toEqual(['removed 0', 'b']);
  });

  it('one that raises is reported with its handle, an interrupt ends the run', () => {
    const { loop, takeReports } = virtualLoop();
    const future = loop.createFuture<void>();
    const [error, interrupt] = [new Error('callback'), new KeyboardInterrupt('now')];
    for (const raised of [error, interrupt]) {
      future.addDoneCallback(() => {
        throw raised;
      });
    }
    future.setResult();
    expect(caught(() => onePass(loop))).toBe(interrupt);
    const [report] = takeReports();
    expect(report?.exception).toBe(error);
    expect(report?.handle).toBeDefined();
  });
});

describe('an error that nobody looked at', () => {
  const looks: [string, (future: Future<never>) => unknown][] = [
    ['exception()', (future) => future.exception()],
    ['result()', (future) => caught(() => future.result())],
    ['cancel(), though it comes too late', (future) => future.cancel()],
  ];

  it('is told to the exception handler, with the future', () => {
    const { loop, takeReports } = virtualLoop();
    const future = loop.createFuture<never>();
    const error = new Error('boom');
    future.setException(error);
    loop.close();
    const [report] = takeReports();
    expect(report?.exception).toBe(error);
    expect(report?.future === future).toBe(true);
  });

  it.each(looks)('is not told after %s', (_name, look) => {
    const { loop, takeReports } = virtualLoop();
    const future = loop.createFuture<never>();
    future.setException(new Error('boom'));
    look(future);
    loop.close();
    expect(takeReports()).toEqual([]);
  });

  it('neither is a result, a cancellation, or a future that stayed pending', () => {
    const { loop, takeReports } = virtualLoop();
    loop.createFuture<number>().setResult(42);
    loop.createFuture().cancel();
    loop.createFuture();
    loop.close();
    expect(takeReports()).toEqual([]);
  });
});

describe('the exception handler runs in the context of', () => {
  const name = new ContextVar<string>('name', { default: 'foo' });

  it('the task that failed', () => {
    const { loop } = virtualLoop();
    const seen: string[] = [];
    loop.setExceptionHandler(() => seen.push(name.get()));
    function* work(): Coroutine<void> {
      name.set('bar');
      yield* sleep(0);
      throw new Error('in a task');
    }
    loop.createTask(work());
    loop.runUntilComplete(sleep(2000));
    expect(seen).toEqual(['bar']);
    expect(name.get()).toBe('foo');
  });

  it('the callback that failed', () => {
    const { loop } = virtualLoop();
    const seen: string[] = [];
    loop.setExceptionHandler(() => seen.push(name.get()));
    loop.callSoon(() => {
      name.set('bar');
      throw new Error('in a callback');
    });
    onePass(loop);
    expect(seen).toEqual(['bar']);
  });
});
