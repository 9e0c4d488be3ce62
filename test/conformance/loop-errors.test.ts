/** Errors that nobody can catch, and debug mode: what CPython 3.13 says of them in test_base_events. */
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  EventLoop,
  type ExceptionContext,
  KeyboardInterrupt,
  newEventLoop,
  run,
} from '../../src/index.ts';
import { FakeKernel } from '../support/fake-kernel.ts';
import { recordPrints } from '../support/recorded-prints.ts';
import { onTeardown } from '../support/teardown.ts';
import { onePass } from '../unit/loop/virtual-loop.ts';

function zeroError(): never {
  throw new RangeError('division by zero');
}

/** A loop whose prints are collected. */
function printingLoop(make: (kernel: FakeKernel) => EventLoop = (kernel) => new EventLoop({ kernel })) {
  const kernel = new FakeKernel();
  const prints = recordPrints(kernel);
  const loop = make(kernel);
  onTeardown(() => loop.close());
  return { loop, kernel, prints };
}

/** A loop with a default handler of its own, which is broken. */
class BrokenLoop extends EventLoop {
  readonly given: ExceptionContext[] = [];
  override defaultExceptionHandler(context: ExceptionContext): void {
    this.given.push(context);
    throw new TypeError('spam');
  }
}

describe('by default', () => {
  it.each([
    ['callSoon', (loop: EventLoop) => loop.callSoon(zeroError)],
    ['a timer', (loop: EventLoop) => loop.callLater(0, zeroError)],
  ])('a failure in a callback of %s is printed with its error', (_name, plan) => {
    const { loop, prints } = printingLoop();
    plan(loop);
    onePass(loop);
    expect(prints).toHaveLength(1);
    expect(prints[0]?.text).toMatch(/^Exception in callback zeroError\(\)/);
    expect(prints[0]?.text).toContain('RangeError: division by zero');
  });

  it('a failure of a task that nobody awaits is printed when the loop closes', () => {
    const { loop, prints } = printingLoop();
    const task = loop.createTask(
      (function* (): Coroutine<void> {
        zeroError();
      })(),
    );
    task.addDoneCallback(() => loop.stop());
    loop.runForever();
    loop.close();
    expect(prints.map(({ text }) => text).join('')).toContain('RangeError: division by zero');
  });
});

describe('a handler of one’s own', () => {
  it('is none at first, a function or null; it stands in for printing', () => {
    const { loop, prints } = printingLoop();
    expect(loop.getExceptionHandler()).toBeNull();
    expect(() => loop.setExceptionHandler('spam' as never)).toThrow(/callable object or null/);
    const given: unknown[] = [];
    const handler = (...args: unknown[]): void => void given.push(...args);
    loop.setExceptionHandler(handler);
    const handle = loop.callSoon(zeroError);
    onePass(loop);
    expect(given[0]).toBe(loop);
    expect(given[1]).toMatchObject({ handle, exception: expect.any(RangeError) });
    loop.setExceptionHandler(null);
    loop.callSoon(zeroError);
    onePass(loop);
    expect([given.length, prints.length]).toEqual([2, 1]);
  });

  it('that fails is reported by the default one, with what it was given', () => {
    const { loop } = printingLoop((kernel) => new BrokenLoop({ kernel }));
    const mine = new Error('ham');
    loop.setExceptionHandler(() => {
      throw mine;
    });
    loop.callSoon(zeroError);
    onePass(loop);
    const [context] = (loop as BrokenLoop).given;
    expect(context).toMatchObject({ message: 'Unhandled error in exception handler', exception: mine });
    expect(context?.context?.exception).toBeInstanceOf(RangeError);
  });

  it.each([false, true])('when the default one fails, as well (%s): the loop prints all it knows', (both) => {
    const { loop, prints } = printingLoop((kernel) => new BrokenLoop({ kernel }));
    if (both) {
      loop.setExceptionHandler(() => {
        throw new Error('ham');
      });
    }
    loop.callSoon(zeroError);
    onePass(loop);
    expect(prints).toHaveLength(1);
    expect(prints[0]?.text).toMatch(
      both ? /^Exception in default.*handling.*custom/ : /^Exception in default/,
    );
    for (const word of ['spam', 'division by zero', ...(both ? ['ham'] : [])])
      expect(prints[0]?.text).toContain(word);
  });

  it('may raise an interrupt, also the default one', () => {
    class Interrupting extends EventLoop {
      override defaultExceptionHandler(): void {
        throw new KeyboardInterrupt('enough');
      }
    }
    const { loop } = printingLoop((kernel) => new Interrupting({ kernel }));
    loop.callSoon(zeroError);
    expect(() => onePass(loop)).toThrow(KeyboardInterrupt);
  });
});

describe('debug mode', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['0', false],
    ['1', true],
    ['yes', true],
  ])('SELECTLOOP_DEBUG=%s: %s, unless the loop is told', (value, expected) => {
    const before = process.env.SELECTLOOP_DEBUG;
    onTeardown(() => {
      if (before === undefined) delete process.env.SELECTLOOP_DEBUG;
      else process.env.SELECTLOOP_DEBUG = before;
    });
    if (value === undefined) delete process.env.SELECTLOOP_DEBUG;
    else process.env.SELECTLOOP_DEBUG = value;
    const debugOf = (options?: { debug: boolean }): boolean => {
      const loop = newEventLoop(options);
      loop.close();
      return loop.getDebug();
    };
    expect([debugOf(), debugOf({ debug: true }), debugOf({ debug: false })]).toEqual([expected, true, false]);
  });

  it('is switched on and off, also by run()', () => {
    const { loop } = printingLoop();
    loop.setDebug(true);
    expect(loop.getDebug()).toBe(true);
    loop.setDebug(false);
    expect(loop.getDebug()).toBe(false);
    const inside = new EventLoop({ debug: false });
    run(function* () {}, { loopFactory: () => inside, debug: true });
    expect(inside.getDebug()).toBe(true);
  });

  it('prints what holds the thread for long, callback or task, from the limit on', () => {
    const { loop, kernel, prints } = printingLoop();
    loop.setDebug(true);
    loop.slowCallbackDurationMs = 30;
    const compute = (durationMs: number): void => void kernel.advance(kernel.nowMs() + durationMs);
    loop.callSoon(function quick() {
      compute(29);
    });
    loop.callSoon(function slow() {
      compute(30);
    });
    const task = loop.createTask(
      (function* (): Coroutine<void> {
        compute(120);
      })(),
      { name: 'busy' },
    );
    loop.runUntilComplete(task);
    expect(prints).toHaveLength(2);
    expect(prints[0]?.text).toMatch(/^Executing <Handle slow\(\).* took 30\.0 ms/);
    expect(prints[1]?.text).toMatch(/^Executing <Task .*busy.* took 120\.0 ms/);
  });
});
