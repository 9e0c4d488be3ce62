/** A future's states and callbacks. */
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  Context,
  ContextVar,
  type Coroutine,
  Future,
  InvalidStateError,
  isFuture,
  RuntimeError,
  sleep,
} from '../../../src/index.ts';
import { caught, onePass, virtualLoop } from '../loop/virtual-loop.ts';

describe('states', () => {
  it('pending: neither result nor exception can be asked for', () => {
    const future = virtualLoop().loop.createFuture<number>();
    expect([future.done(), future.cancelled()]).toEqual([false, false]);
    expect(caught(() => future.result())).toBeInstanceOf(InvalidStateError);
    expect(caught(() => future.exception())).toBeInstanceOf(InvalidStateError);
    expect(String(future)).toBe('<Future pending>');
  });

  it('finished: has a result and no exception', () => {
    const future = virtualLoop().loop.createFuture<number>();
    future.setResult(5);
    expect([future.done(), future.cancelled()]).toEqual([true, false]);
    expect(future.result()).toBe(5);
    expect(future.exception()).toBeNull();
    expect(String(future)).toMatch(/^<Future finished.*5>$/);
  });

  it('failed: result throws the error, exception returns it', () => {
    const future = virtualLoop().loop.createFuture<number>();
    const failure = new RangeError('no');
    future.setException(failure);
    expect([future.done(), future.cancelled()]).toEqual([true, false]);
    expect(caught(() => future.result())).toBe(failure);
    expect(future.exception()).toBe(failure);
    expect(String(future)).toContain('RangeError: no');
  });

  it('failed with a class: it is constructed', () => {
    const future = virtualLoop().loop.createFuture<number>();
    future.setException(RangeError);
    expect(future.exception()).toBeInstanceOf(RangeError);
  });

  it('cancelled: both throw a CancelledError that carries the message', () => {
    const future = virtualLoop().loop.createFuture<number>();
    const reason = { code: 7 };
    expect(future.cancel(reason)).toBe(true);
    expect([future.done(), future.cancelled()]).toEqual([true, true]);
    for (const ask of [() => future.result(), () => future.exception()]) {
      const error = caught(ask) as CancelledError;
      expect(error).toBeInstanceOf(CancelledError);
      expect(error.reason).toBe(reason);
    }
  });

  it.each(['finished', 'failed', 'cancelled'])('%s is for good', (state) => {
    const future = virtualLoop().loop.createFuture<number>();
    if (state === 'finished') future.setResult(1);
    if (state === 'failed') future.setException(new Error('once'));
    if (state === 'cancelled') future.cancel();
    expect(() => future.setResult(2)).toThrow(InvalidStateError);
    expect(() => future.setException(new Error('two'))).toThrow(InvalidStateError);
    expect(future.cancel()).toBe(false);
    expect(future.cancelled()).toBe(state === 'cancelled');
    if (state === 'failed') future.exception();
  });

  it('belongs to the loop given, else to the running one, else to none', () => {
    const { loop } = virtualLoop();
    expect(new Future({ loop }).getLoop()).toBe(loop);
    loop.callSoon(() => expect(new Future().getLoop()).toBe(loop));
    onePass(loop);
    expect(() => new Future()).toThrow(RuntimeError);
    expect(isFuture(loop.createFuture())).toBe(true);
    expect(isFuture({ done: () => true })).toBe(false);
  });
});

describe('callbacks', () => {
  it('run in order, each once, with the future, in the next pass', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<number>();
    const log: unknown[] = [];
    for (const name of ['a', 'b', 'c']) future.addDoneCallback((done) => log.push(name, done === future));
    future.setResult(1);
    expect(log).toEqual([]);
    onePass(loop);
    onePass(loop);
    expect(log).toEqual(['a', true, 'b', true, 'c', true]);
  });

  it('added to a done future run in the next pass too', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    future.cancel();
    const log: boolean[] = [];
    future.addDoneCallback((done) => log.push(done.cancelled()));
    expect(log).toEqual([]);
    onePass(loop);
    expect(log).toEqual([true]);
  });

  it('see the context they were added in, or the one given', () => {
    const { loop } = virtualLoop();
    const variable = new ContextVar<string>('v', { default: 'unset' });
    const future = loop.createFuture<void>();
    const seen: string[] = [];
    const given = new Context();
    given.run(() => variable.set('given'));
    new Context().run(() => {
      variable.set('added');
      future.addDoneCallback(() => seen.push(variable.get()));
    });
    future.addDoneCallback(() => seen.push(variable.get()), { context: given });
    future.setResult();
    onePass(loop);
    expect(seen).toEqual(['added', 'given']);
  });

  it('can be removed until the future is done, every registration at once', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    const log: string[] = [];
    const twice = (): void => {
      log.push('twice');
    };
    const once = (): void => {
      log.push('once');
    };
    future.addDoneCallback(twice);
    future.addDoneCallback(once);
    future.addDoneCallback(twice);
    expect(future.removeDoneCallback(twice)).toBe(2);
    expect(future.removeDoneCallback(twice)).toBe(0);
    future.setResult();
    expect(future.removeDoneCallback(once)).toBe(0);
    onePass(loop);
    expect(log).toEqual(['once']);
  });

  it('may add and remove callbacks while they run', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    const log: string[] = [];
    const second = (): void => {
      log.push('second');
    };
    future.addDoneCallback(() => {
      log.push('first');
      future.removeDoneCallback(second);
      future.addDoneCallback(() => log.push('third'));
    });
    future.addDoneCallback(second);
    future.setResult();
    for (let i = 0; i < 3; i++) onePass(loop);
    expect(log).toEqual(['first', 'second', 'third']);
  });

  it('one that fails is reported, and the others run', () => {
    const { loop, takeReports } = virtualLoop();
    const future = loop.createFuture<void>();
    const log: string[] = [];
    future.addDoneCallback(() => {
      throw new Error('in a done-callback');
    });
    future.addDoneCallback(() => log.push('second'));
    future.setResult();
    onePass(loop);
    expect(log).toEqual(['second']);
    expect(takeReports()).toHaveLength(1);
  });

  it('that could never be called are refused when they are added, not when the future is done', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<void>();
    function* coroutine(): Coroutine<void> {
      yield* sleep(0);
    }
    expect(() => future.addDoneCallback(coroutine)).toThrow('createTask()');
    expect(() => future.addDoneCallback(undefined as never)).toThrow(TypeError);
    let called = false;
    future.addDoneCallback(() => {
      called = true;
    });
    future.setResult();
    onePass(loop);
    expect(called).toBe(true);
  });
});
